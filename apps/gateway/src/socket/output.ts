import type { CurrentFrame } from './current-frame.js';
import type { Link } from './link.js';
import type { SharedFrames } from './shared-frames.js';

/**
 * Bytes of the last two turns of the event loop that may wait for a client besides its backlog: in one turn Node.js reads
 * up to 2 MiB from the connection to Redis (libuv: 32 times 64 KiB).
 */
export const TWO_TURNS_BYTES = 4 * 1024 * 1024;

/** A connection's place in a log, as far as the connection knows it. */
export interface Settling {
  /** Writes the frames that are due. */
  settle(): void;
}

/** Whose output it is. */
export interface OutputOwner {
  /** Whether anything can still be sent. */
  readonly isOpen: boolean;
  /** The client reads too slowly: nothing more is kept for it. */
  tooSlow(): void;
}

/** What goes out on one connection: the frames of logs that are due before anything else, and never more than a slow client may leave. */
export class Output {
  /** The connection's places in the logs whose frames it gets. */
  memberships: readonly Settling[] = [];

  /** @param maxBufferedBytes bytes that may wait for a slow client, besides those of the last two turns. */
  constructor(
    private readonly owner: OutputOwner,
    private readonly link: Link,
    private readonly current: Pick<CurrentFrame, 'isAnswerComing'>,
    private readonly maxBufferedBytes: number,
  ) {}

  /** From now on the frames of this log that are due go out before anything else. */
  add(membership: Settling): void {
    // Of the exact length: an array that is pushed to takes room for seventeen.
    this.memberships = [...this.memberships, membership];
  }

  remove(membership: Settling): void {
    this.memberships = this.memberships.filter((other) => other !== membership);
  }

  /** Writes the frames of all logs that are due. */
  settle(): void {
    for (const membership of this.memberships) membership.settle();
  }

  /** Writes the bytes of a frame, after the frames of logs that are due. */
  write(frame: Buffer): void {
    this.settle();
    if (this.canWrite()) this.link.writeInTurn(frame);
  }

  /**
   * Writes frames of one log that many connections share, from index `first` on.
   * @param counts whether the client counts Seqs: otherwise some frames are not for it.
   */
  writeShared(due: SharedFrames, first: number, counts: boolean): void {
    if (!this.canWrite()) return;
    const frames = (this.link.takesDeflated ? due.deflated() : due).from(first, counts);
    if (frames.length === 0) return;
    if (this.current.isAnswerComing) this.link.writeWithAnswer(frames);
    // Frames of other logs may be due as well.
    else if (this.memberships.length > 1) this.link.writeInTurn(frames);
    else this.link.write(frames);
  }

  private canWrite(): boolean {
    if (!this.owner.isOpen) return false;
    // Bytes that the client had no time to accept do not make it slow: this gateway may have been the slow one.
    const { backlogBytes, bufferedBytes } = this.link;
    const most = this.maxBufferedBytes;
    if (backlogBytes <= most && bufferedBytes <= most + TWO_TURNS_BYTES) return true;
    this.owner.tooSlow();
    return false;
  }
}
