import { intakePauses } from '../metrics.js';

/** Bytes of all connections that are not signed in, from the moment when they are read to their answers. */
export const UNSIGNED_BYTES = 32 * 1024 * 1024;
/** Bytes that a connection may hold of a pool that is more than half used: what ordinary clients send. */
export const FAIR_BYTES = 16 * 1024;
/** How long a full pool waits for answers, in milliseconds, before those who let most of it wait give way. */
const GIVE_WAY_AFTER_MS = 250;

/** A connection, as a pool sees it. */
export interface Holder {
  /** Bytes that its end would free: those whose answering has not begun. */
  readonly waitingBytes: number;
  /** Reads no more until `poolHasRoom`. */
  poolIsFull(): void;
  poolHasRoom(): void;
  /** Its bytes are needed by others: it is closed with 4003. */
  giveWay(): void;
}

/**
 * A budget of bytes that many connections share. When half of it is used, those who hold more than an ordinary client are not read
 * until three quarters are free. When all of it is used, nobody is read until half is free: it exceeds its limit by one read of one
 * socket at most, 64 KiB. Frames that are answered free it. If that does not happen soon, because clients begin frames and do not
 * end them, those who let most of it wait give way.
 */
export class IntakePool {
  private readonly holders = new Set<Holder>();
  /** Those who are not read because they hold more than is fair. */
  private readonly greedy = new Set<Holder>();
  private held = 0;
  private timer: NodeJS.Timeout | undefined;

  /** @param limit bytes. */
  constructor(
    readonly name: string,
    readonly limit: number,
  ) {
    // Otherwise the first pause would make the time series, and no alert would see an increase.
    intakePauses.inc({ pool: name }, 0);
  }

  /** Bytes that are held now. */
  get bytes(): number {
    return this.held;
  }

  get isFull(): boolean {
    return this.timer !== undefined;
  }

  enter(holder: Holder): void {
    this.holders.add(holder);
    if (this.isFull) holder.poolIsFull();
  }

  leave(holder: Holder): void {
    this.holders.delete(holder);
    this.greedy.delete(holder);
  }

  /** Counts bytes that are held from now on; a negative number frees some. */
  add(bytes: number): void {
    this.held += bytes;
    if (this.timer === undefined) {
      if (this.held > this.limit) this.fill();
    } else if (this.held <= this.limit / 2) this.open();
    if (this.greedy.size > 0 && this.held <= this.limit / 4) this.readGreedy();
  }

  /** A holder has read, and holds so many bytes in all. */
  judge(holder: Holder, bytes: number): void {
    if (bytes <= FAIR_BYTES || this.held <= this.limit / 2 || !this.holders.has(holder)) return;
    this.greedy.add(holder);
    holder.poolIsFull();
  }

  private fill(): void {
    intakePauses.inc({ pool: this.name });
    this.relieveLater();
    for (const holder of this.holders) holder.poolIsFull();
  }

  private open(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    for (const holder of this.holders) {
      // The first who read on may fill it again.
      if (this.isFull) break;
      if (!this.greedy.has(holder)) holder.poolHasRoom();
    }
  }

  private readGreedy(): void {
    const holders = [...this.greedy];
    this.greedy.clear();
    for (const holder of holders) {
      if (this.isFull) break;
      holder.poolHasRoom();
    }
  }

  private relieveLater(): void {
    this.timer = setTimeout(() => this.relieve(), GIVE_WAY_AFTER_MS);
    this.timer.unref();
  }

  /**
   * The largest holders first: an ordinary client holds next to nothing. What is being answered gets free without that, within the
   * deadline of a request.
   */
  private relieve(): void {
    this.relieveLater();
    const most = [...this.holders].sort((one, other) => other.waitingBytes - one.waitingBytes);
    let excess = most.reduce((sum, { waitingBytes }) => sum + waitingBytes, 0) - this.limit / 4;
    for (const holder of most) {
      if (excess <= 0) break;
      excess -= holder.waitingBytes;
      holder.giveWay();
    }
  }
}

/** The bytes that clients have sent to this process and that are not answered yet: one pool for strangers, one for users. */
export class Intake {
  readonly unsigned: IntakePool;
  readonly signedIn: IntakePool;

  /** @param signedInBytes the limit for all connections that are signed in. */
  constructor(signedInBytes: number, unsignedBytes = UNSIGNED_BYTES) {
    this.unsigned = new IntakePool('unsigned', unsignedBytes);
    this.signedIn = new IntakePool('signed in', signedInBytes);
  }
}
