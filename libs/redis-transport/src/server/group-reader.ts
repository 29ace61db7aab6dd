import type { LoggerService } from '@nestjs/common';
import { faultKind } from '../redis-fault.js';
import type { RedisLink } from '../redis-link.js';
import type { RawEntry } from '../wire-format.js';

/** How long (ms) a read waits for entries. On a Cluster it cannot be interrupted, so `close()` may wait as long. */
const BLOCK_MS = 1_000;
/** How long (ms) after its time a read may stay unanswered before its connection counts as dead. */
const SILENCE_MS = 5_000;
/** How long (ms) to wait after an error. */
const AGAIN_AFTER_MS = 100;

export interface GroupReaderOptions {
  /** A separate connection, because the read blocks it. */
  link: RedisLink;
  /** A connection that can interrupt the read. */
  writer: RedisLink;
  stream: string;
  group: string;
  consumer: string;
  /** Where a new group begins: an entry id, `0` or `$`. */
  groupStart: () => string | Promise<string>;
  /**
   * Reads at once what is there, and notices what is missing. It is used until nothing more is there; only then does a read
   * wait. Without it every read waits, and nothing is noticed.
   */
  readNow?: (count: number) => Promise<RawEntry[]>;
  /** After this time (ms) other replicas take over what a read has delivered to a replica that is silent. */
  takeOverAfterMs: number;
  /** Returns those of these entries that no other replica has taken over. */
  stillHeld: (ids: readonly string[]) => Promise<ReadonlySet<string>>;
  /** How many entries may be read now; 0 for none. */
  capacity: () => number;
  onEntry: (entry: RawEntry) => void;
  /** Called when a read has found nothing. */
  onEmpty?: () => void;
  /** Called with the id of an entry for which `onEntry` threw. It is taken over later. */
  onFailed: (id: string) => void;
  logger: LoggerService;
}

/** Reads new entries for one consumer of a group, as long as there is room for them. */
export class GroupReader {
  private isStopping = false;
  private isJoined = false;
  /** Nothing was there at the last read. */
  private isCaughtUp = false;
  private readingSince = 0;
  private clientId?: number;
  private loop?: Promise<void>;
  private wakeUp?: () => void;

  constructor(private readonly options: GroupReaderOptions) {
    options.link.on('lost', () => {
      this.clientId = undefined;
      this.isCaughtUp = false;
    });
  }

  /** Whether the group is joined and the connection stands. */
  get ready(): boolean {
    return this.isJoined && this.options.link.ready && !this.isStopping;
  }

  /** Joins the group. @throws Redis's error if it refuses. */
  async join(): Promise<void> {
    const { link, stream, group, groupStart } = this.options;
    try {
      const start = await groupStart();
      await link.run((client) => client.xgroup('CREATE', stream, group, start, 'MKSTREAM'));
    } catch (error) {
      if (!(error instanceof Error && error.message.includes('BUSYGROUP'))) throw error;
    }
    this.isJoined = true;
  }

  start(): void {
    this.loop ??= this.run();
  }

  /** Tells the reader that there is room again. */
  wake(): void {
    this.wakeUp?.();
  }

  /** Drops a connection that has gone silent. Call it regularly. */
  checkSilence(): void {
    const since = this.readingSince;
    if (since === 0 || performance.now() - since <= BLOCK_MS + SILENCE_MS) return;
    this.options.link.reconnectIf(() => this.readingSince === since);
  }

  /**
   * Stops reading. Redis interrupts the current read. Closing the connection instead could lose entries that Redis has just
   * delivered, which would then have to be taken over.
   */
  async stop(): Promise<void> {
    this.isStopping = true;
    this.wake();
    const { writer, link } = this.options;
    const { clientId } = this;
    if (clientId !== undefined && writer.ready && !link.isCluster) {
      await writer.run((client) => client.client('UNBLOCK', clientId)).catch(() => undefined);
    }
    if (link.ready) await this.loop;
  }

  private async run(): Promise<void> {
    while (!this.isStopping) {
      try {
        const count = this.options.capacity();
        if (count > 0) await this.read(count);
        else await this.room();
      } catch (error) {
        await this.recover(error);
      }
    }
  }

  private async read(count: number): Promise<void> {
    const { readNow } = this.options;
    if (!this.isJoined) await this.join();
    if (this.clientId === undefined) await this.learnClientId();
    if (this.isStopping) return;
    this.readingSince = performance.now();
    const isWaiting = readNow === undefined || this.isCaughtUp;
    const since = this.readingSince;
    const entries = await (isWaiting ? this.wait(count) : readNow(count));
    this.readingSince = 0;
    // A read that has waited in vain changes nothing: another one may wait.
    this.isCaughtUp = entries.length === 0;
    if (entries.length === 0) {
      this.options.onEmpty?.();
      return;
    }
    const isLate = performance.now() - since > this.options.takeOverAfterMs;
    for (const entry of isLate ? await this.held(entries) : entries) this.pass(entry);
    await afterTurn();
  }

  private async wait(count: number): Promise<RawEntry[]> {
    const { link, stream, group, consumer } = this.options;
    const reply = (await link.run((client) =>
      client.xreadgroup('GROUP', group, consumer, 'COUNT', count, 'BLOCK', BLOCK_MS, 'STREAMS', stream, '>'),
    )) as [string, RawEntry[]][] | null;
    return reply?.[0]?.[1] ?? [];
  }

  /** This replica may have been stopped while the answer waited for it: what others have taken over meanwhile is theirs. */
  private async held(entries: RawEntry[]): Promise<RawEntry[]> {
    const ids = await this.options.stillHeld(entries.map(([id]) => id));
    return entries.filter(([id]) => ids.has(id));
  }

  /** An entry that cannot be accepted must not take the others of its read with it. */
  private pass(entry: RawEntry): void {
    const { onEntry, onFailed, logger } = this.options;
    try {
      onEntry(entry);
    } catch (error) {
      logger.error(error);
      onFailed(entry[0]);
    }
  }

  private async learnClientId(): Promise<void> {
    const { link } = this.options;
    if (link.isCluster) return;
    this.clientId = await link.run((client) => client.client('ID')).catch(() => undefined);
  }

  private room(): Promise<void> {
    this.isCaughtUp = false;
    return new Promise((resolve) => {
      this.wakeUp = () => {
        this.wakeUp = undefined;
        resolve();
      };
    });
  }

  private async recover(error: unknown): Promise<void> {
    this.readingSince = 0;
    this.isCaughtUp = false;
    const { link, logger } = this.options;
    const kind = faultKind(error);
    // Redis lost its memory, or a fail-over lost the group: it is created again.
    if (kind === 'no-group') this.isJoined = false;
    if (kind === 'refused') logger.error(error);
    if (this.isStopping) return;
    if (!link.ready) await link.whenReady().catch(() => undefined);
    else await new Promise((resolve) => setTimeout(resolve, AGAIN_AFTER_MS));
  }
}

/**
 * Resolves when the immediate results of this turn are written. The next read then reaches Redis together with the replies,
 * and finds everything that has arrived meanwhile; a replica that is busy computing leaves it to the others.
 */
function afterTurn(): Promise<void> {
  // The tick runs after the handlers' promises, so this immediate runs after that of the replies.
  return new Promise((resolve) => process.nextTick(setImmediate, resolve));
}
