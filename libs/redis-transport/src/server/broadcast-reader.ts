import type { LoggerService } from '@nestjs/common';
import type { MessageHandler } from '@nestjs/microservices';
import type { TransportKeys } from '../redis/keys.js';
import { faultKind } from '../redis-fault.js';
import type { RedisLink } from '../redis-link.js';
import type { RawEntry } from '../wire-format.js';
import { within } from '../within.js';
import { decodeEvent, EventRunner } from './event-runner.js';
import type { HandlerHost } from './handler-host.js';
import { type StreamState, streamState } from './last-event-id.js';

const READ_MAX = 256;
const BLOCK_MS = 1_000;
const SILENCE_MS = 5_000;
const AGAIN_AFTER_MS = 100;
/** How often (ms) a replica checks whether events were trimmed before it read them. */
const CHECK_EVERY_MS = 5_000;

export interface BroadcastReaderOptions {
  keys: TransportKeys;
  /** A separate connection, because the read blocks it. */
  link: RedisLink;
  host: HandlerHost;
  handler: (route: string) => MessageHandler | undefined;
  maxInFlight: number;
  drainMs: number;
  logger: LoggerService;
}

/**
 * Passes every event emitted since this replica started to its broadcast handlers.
 *
 * It reads the stream by position, so events that were emitted while its connection was broken arrive later. Only events
 * that the stream's bound has trimmed by then are lost. Their exact number, from the number of entries ever added, is logged.
 */
export class BroadcastReader {
  readonly runner: EventRunner;
  readonly counters = { lost: 0 };
  private position = '0-0';
  /** Entries ever added to the stream up to `position`. */
  private ordinal = 0;
  private checkedAt = 0;
  private isStopping = false;
  private isStarted = false;
  private clientId?: number;
  private readingSince = 0;
  private loop?: Promise<void>;
  private wakeUp?: () => void;
  private timer?: NodeJS.Timeout;

  constructor(private readonly options: BroadcastReaderOptions) {
    this.runner = new EventRunner({ ...options, onRoom: () => this.wakeUp?.(), onEnd: () => undefined });
    options.link.on('lost', () => {
      this.checkedAt = 0;
      this.clientId = undefined;
    });
  }

  get ready(): boolean {
    return this.isStarted && this.options.link.ready;
  }

  /** Begins at the present end of the stream. */
  async start(): Promise<void> {
    const state = await this.state();
    this.position = state.lastId;
    this.ordinal = state.added;
    this.isStarted = true;
    this.timer = setInterval(() => this.checkSilence(), BLOCK_MS).unref();
    this.loop = this.run();
  }

  async stop(writer: RedisLink): Promise<void> {
    this.isStopping = true;
    clearInterval(this.timer);
    this.wakeUp?.();
    const { link, drainMs } = this.options;
    const { clientId } = this;
    if (clientId !== undefined && writer.ready && !link.isCluster) {
      await writer.run((client) => client.client('UNBLOCK', clientId)).catch(() => undefined);
    }
    if (link.ready) await this.loop;
    await within(drainMs, this.runner.queue.whenIdle());
  }

  private state(): Promise<StreamState> {
    return this.options.link.run((client) => streamState(client, this.options.keys.events()));
  }

  private async run(): Promise<void> {
    while (!this.isStopping) {
      if (this.runner.queue.room <= 0) {
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
    const { link, keys } = this.options;
    if (performance.now() - this.checkedAt > CHECK_EVERY_MS) await this.check();
    if (this.clientId === undefined && !link.isCluster) {
      this.clientId = await link.run((client) => client.client('ID')).catch(() => undefined);
    }
    if (this.isStopping) return;
    const count = Math.min(READ_MAX, this.runner.queue.room);
    this.readingSince = performance.now();
    const reply = (await link.run((client) =>
      client.xread('COUNT', count, 'BLOCK', BLOCK_MS, 'STREAMS', keys.events(), this.position),
    )) as [string, RawEntry[]][] | null;
    this.readingSince = 0;
    for (const [id, fields] of reply?.[0]?.[1] ?? []) {
      this.position = id;
      this.ordinal++;
      this.runner.add(decodeEvent(id, fields ?? [], 1));
    }
  }

  /** Compares what was read with what the stream still holds. */
  private async check(): Promise<void> {
    const state = await this.state();
    this.checkedAt = performance.now();
    if (state.added < this.ordinal) {
      // Redis has lost the stream or its end; what it has now is new.
      this.options.logger.warn('The events stream was lost; reading from its new beginning');
      this.position = '0-0';
      this.ordinal = 0;
      return;
    }
    const trimmed = state.added - state.length;
    if (trimmed <= this.ordinal) return;
    const lost = trimmed - this.ordinal;
    this.counters.lost += lost;
    this.ordinal = trimmed;
    this.options.logger.error(`${lost} broadcast events were trimmed before this replica could read them`);
  }

  private checkSilence(): void {
    if (this.readingSince > 0 && performance.now() - this.readingSince > BLOCK_MS + SILENCE_MS) {
      this.readingSince = 0;
      this.options.link.reconnect();
    }
  }

  private async recover(error: unknown): Promise<void> {
    this.readingSince = 0;
    const { link, logger } = this.options;
    if (faultKind(error) === 'refused') logger.error(error);
    if (this.isStopping) return;
    if (!link.ready) await link.whenReady().catch(() => undefined);
    else await new Promise((resolve) => setTimeout(resolve, AGAIN_AFTER_MS));
  }
}
