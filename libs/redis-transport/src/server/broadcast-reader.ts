import type { LoggerService } from '@nestjs/common';
import { eventStream, type TransportKeys } from '../redis/keys.js';
import { type BroadcastsRead, readBroadcasts } from '../redis/read-broadcasts.js';
import { faultKind } from '../redis-fault.js';
import type { RedisLink } from '../redis-link.js';
import type { RedisTransportServerLimits } from '../transport-options.js';
import type { RawEntry } from '../wire-format.js';
import { within } from '../within.js';
import { decodeEvent, EventRunner, type HeldEvent } from './event-runner.js';
import type { EventSource } from './event-sources.js';
import type { HandlerHost } from './handler-host.js';
import { setAsideEvent } from './set-aside-event.js';
import { smallerId } from './stream-position.js';

const READ_MAX = 256;
const BLOCK_MS = 1_000;
const SILENCE_MS = 5_000;
const AGAIN_AFTER_MS = 100;
/** How often (ms) a replica that has nothing to read compares its position with the stream. */
const CHECK_EVERY_MS = 5_000;

export interface BroadcastReaderOptions {
  keys: TransportKeys;
  /** A separate connection, because the read blocks it. */
  link: RedisLink;
  host: HandlerHost;
  source: EventSource;
  service: string;
  writer: RedisLink;
  limits: Required<RedisTransportServerLimits>;
  logger: LoggerService;
}

/**
 * Passes every event of one stream that was emitted since this replica started to its broadcast handlers.
 *
 * It reads the stream by position, so events that were emitted while its connection was broken arrive later. Only events
 * that the stream's bounds have trimmed by then are lost; they are counted, by the number of events ever added. A read waits
 * only when the read before has found that nothing is missing and nothing is there.
 */
export class BroadcastReader {
  readonly runner: EventRunner;
  readonly counters = { lost: 0, setAside: 0 };
  private position = '0-0';
  /** Entries ever added to the stream up to `position`. */
  private ordinal = 0;
  private checkedAt = 0;
  /** Nothing was there at the last read. */
  private isCaughtUp = false;
  private isStopping = false;
  private isStarted = false;
  private clientId?: number;
  private readingSince = 0;
  private loop?: Promise<void>;
  private wakeUp?: () => void;
  private timer?: NodeJS.Timeout;
  private readonly stream: string;

  constructor(private readonly options: BroadcastReaderOptions) {
    this.stream = eventStream(options.keys, options.source.publisher);
    this.runner = new EventRunner({
      ...options,
      isBroadcast: true,
      onRoom: () => this.wakeUp?.(),
      onEnd: () => undefined,
      onUnhandled: () => undefined,
      onGivenUp: (event, reason) => void this.setAside(event, reason),
    });
    options.link.on('lost', () => {
      this.isCaughtUp = false;
      this.clientId = undefined;
    });
  }

  get ready(): boolean {
    return this.isStarted && this.options.link.ready;
  }

  /** Begins at the present end of the stream. */
  async start(): Promise<void> {
    const { newestId, added } = await this.look(1);
    this.position = newestId;
    this.ordinal = added;
    this.isStarted = true;
    this.timer = setInterval(() => this.checkSilence(), BLOCK_MS).unref();
    this.loop = this.run();
  }

  async stop(): Promise<void> {
    this.isStopping = true;
    clearInterval(this.timer);
    this.wakeUp?.();
    const { link, writer, limits } = this.options;
    this.runner.stopRetrying();
    const { clientId } = this;
    if (clientId !== undefined && writer.ready && !link.isCluster) {
      await writer.run((client) => client.client('UNBLOCK', clientId)).catch(() => undefined);
    }
    if (link.ready) await this.loop;
    await within(limits.drainMs, this.runner.queue.whenIdle());
  }

  private look(count: number): Promise<BroadcastsRead> {
    const { position, stream: events } = this;
    return this.options.link.run((client) => readBroadcasts(client, { events }, { position, count }));
  }

  private async run(): Promise<void> {
    while (!this.isStopping) {
      if (this.runner.queue.room <= 0) {
        this.isCaughtUp = false;
        await new Promise<void>((resolve) => {
          this.wakeUp = resolve;
        });
        continue;
      }
      try {
        await this.read();
      } catch (error) {
        await this.recover(error);
      }
    }
  }

  private async read(): Promise<void> {
    const { link } = this.options;
    if (this.clientId === undefined && !link.isCluster) {
      this.clientId = await link.run((client) => client.client('ID')).catch(() => undefined);
    }
    if (this.isStopping) return;
    const count = Math.min(READ_MAX, this.runner.queue.room);
    if (performance.now() - this.checkedAt > CHECK_EVERY_MS) this.isCaughtUp = false;
    this.readingSince = performance.now();
    const entries = await (this.isCaughtUp ? this.wait(count) : this.readNow(count));
    this.readingSince = 0;
    this.isCaughtUp = entries.length === 0;
    for (const [id, fields] of entries) {
      this.position = id;
      this.ordinal++;
      this.runner.add(decodeEvent(id, fields ?? [], 1));
    }
  }

  private async wait(count: number): Promise<RawEntry[]> {
    const reply = (await this.options.link.run((client) =>
      client.xread('COUNT', count, 'BLOCK', BLOCK_MS, 'STREAMS', this.stream, this.position),
    )) as [string, RawEntry[]][] | null;
    return reply?.[0]?.[1] ?? [];
  }

  /** Reads what is there, and compares what was read before with what the stream still holds. */
  private async readNow(count: number): Promise<RawEntry[]> {
    const read = await this.look(count);
    this.checkedAt = performance.now();
    const { newestId, added, length, isAtOldest, entries } = read;
    const position = smallerId(this.position, newestId);
    if (position !== this.position) {
      this.options.logger.warn('Redis has lost the newest events; reading on after those that are left');
      this.position = position;
      this.ordinal = added;
    }
    if (isAtOldest) this.miss(added - length - this.ordinal);
    // Redis may have lost events and got others since: from here it counts as Redis does.
    if (entries.length < count) this.ordinal = added - entries.length;
    return entries;
  }

  private miss(lost: number): void {
    if (lost <= 0) return;
    this.ordinal += lost;
    this.counters.lost += lost;
    this.options.logger.error(`${lost} broadcast events were trimmed before this replica could read them`);
  }

  /** No group has it in hand: if Redis cannot be reached, it is lost to this replica. */
  private async setAside(event: HeldEvent, reason: string): Promise<void> {
    const { logger, source } = this.options;
    try {
      await setAsideEvent(this.options, event, { group: '', reason, publisher: source.publisher });
      this.counters.setAside++;
      logger.error(`A broadcast event was set aside (${event.route}): ${reason}`);
    } catch (error) {
      logger.error(error);
    }
  }

  private checkSilence(): void {
    const since = this.readingSince;
    if (since === 0 || performance.now() - since <= BLOCK_MS + SILENCE_MS) return;
    this.options.link.reconnectIf(() => this.readingSince === since);
  }

  private async recover(error: unknown): Promise<void> {
    this.readingSince = 0;
    this.isCaughtUp = false;
    const { link, logger } = this.options;
    if (faultKind(error) === 'refused') logger.error(error);
    if (this.isStopping) return;
    if (!link.ready) await link.whenReady().catch(() => undefined);
    else await new Promise((resolve) => setTimeout(resolve, AGAIN_AFTER_MS));
  }
}
