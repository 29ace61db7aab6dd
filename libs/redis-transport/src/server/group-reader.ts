import type { LoggerService } from '@nestjs/common';
import { faultKind } from '../redis-fault.js';
import type { RedisLink } from '../redis-link.js';
import type { RawEntry } from '../wire-format.js';

/** How long (ms) a read waits for entries. On Cluster, where it cannot be broken off, `close()` may wait as long. */
const BLOCK_MS = 1_000;
/** A read that is unanswered for this long (ms) after it should have ended has a dead connection. */
const SILENCE_MS = 5_000;
/** How long (ms) to wait after an error. */
const AGAIN_AFTER_MS = 100;

export interface GroupReaderOptions {
  /** A connection of its own: the read blocks it. */
  link: RedisLink;
  /** A connection to break the read off with. */
  writer: RedisLink;
  stream: string;
  group: string;
  consumer: string;
  /** Where the group begins when it has to be made: an entry id, `0` or `$`. */
  groupStart: () => string;
  /** How many entries may be read now; none when 0. */
  capacity: () => number;
  onEntries: (entries: RawEntry[]) => void;
  logger: LoggerService;
}

/** Reads new entries for one consumer of a group, for as long as there is room for them. */
export class GroupReader {
  private isStopping = false;
  private isJoined = false;
  private readingSince = 0;
  private clientId?: number;
  private loop?: Promise<void>;
  private wakeUp?: () => void;

  constructor(private readonly options: GroupReaderOptions) {
    options.link.on('lost', () => {
      this.clientId = undefined;
    });
  }

  /** Whether the group is joined and the connection stands. */
  get ready(): boolean {
    return this.isJoined && this.options.link.ready && !this.isStopping;
  }

  /** Joins the group. @throws what Redis answers when it refuses. */
  async join(): Promise<void> {
    const { link, stream, group, groupStart } = this.options;
    try {
      await link.run((client) => client.xgroup('CREATE', stream, group, groupStart(), 'MKSTREAM'));
    } catch (error) {
      if (!(error instanceof Error && error.message.includes('BUSYGROUP'))) throw error;
    }
    this.isJoined = true;
  }

  start(): void {
    this.loop ??= this.run();
  }

  /** There is room again. */
  wake(): void {
    this.wakeUp?.();
  }

  /** Drops a connection that has gone silent. Call it every so often. */
  checkSilence(): void {
    if (this.readingSince > 0 && performance.now() - this.readingSince > BLOCK_MS + SILENCE_MS) {
      this.readingSince = 0;
      this.options.link.reconnect();
    }
  }

  /**
   * Stops reading. The read under way is broken off by Redis, not by closing the connection: entries it had just
   * delivered would be lost on the way and have to be taken over.
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
      const count = this.options.capacity();
      if (count <= 0) {
        await this.room();
        continue;
      }
      try {
        await this.read(count);
      } catch (error) {
        await this.recover(error);
      }
    }
  }

  private async read(count: number): Promise<void> {
    const { link, stream, group, consumer, onEntries } = this.options;
    if (!this.isJoined) await this.join();
    if (this.clientId === undefined) await this.learnClientId();
    if (this.isStopping) return;
    this.readingSince = performance.now();
    const reply = (await link.run((client) =>
      client.xreadgroup('GROUP', group, consumer, 'COUNT', count, 'BLOCK', BLOCK_MS, 'STREAMS', stream, '>'),
    )) as [string, RawEntry[]][] | null;
    this.readingSince = 0;
    if (!reply?.[0]) return;
    onEntries(reply[0][1]);
    await afterTurn();
  }

  private async learnClientId(): Promise<void> {
    const { link } = this.options;
    if (link.isCluster) return;
    this.clientId = await link.run((client) => client.client('ID')).catch(() => undefined);
  }

  private room(): Promise<void> {
    return new Promise((resolve) => {
      this.wakeUp = () => {
        this.wakeUp = undefined;
        resolve();
      };
    });
  }

  private async recover(error: unknown): Promise<void> {
    this.readingSince = 0;
    const { link, logger } = this.options;
    const kind = faultKind(error);
    // Redis lost its memory, or a fail-over lost the group: it is made again and work goes on.
    if (kind === 'no-group') this.isJoined = false;
    if (kind === 'refused') logger.error(error);
    if (this.isStopping) return;
    if (!link.ready) await link.whenReady().catch(() => undefined);
    else await new Promise((resolve) => setTimeout(resolve, AGAIN_AFTER_MS));
  }
}

/**
 * Resolves once what this turn leads to at once is written. The next read then wakes Redis together with the replies, and
 * finds all that has come meanwhile; a replica that computes leaves it to the others.
 */
function afterTurn(): Promise<void> {
  // The tick comes after the handlers' promises, so the immediate comes after that of the replies.
  return new Promise((resolve) => process.nextTick(setImmediate, resolve));
}
