import type { LoggerService } from '@nestjs/common';
import { eventStream, type TransportKeys } from '../redis/keys.js';
import { leaveEvents } from '../redis/leave-events.js';
import { registerEvents } from '../redis/register-events.js';
import { faultKind } from '../redis-fault.js';
import type { RedisLink } from '../redis-link.js';
import type { HeldEvent } from './event-runner.js';
import type { EventSource } from './event-sources.js';

/** How long (ms) the others know which events a replica handles, and how often it says so. */
const KNOWN_MS = 600_000;
const SAY_EVERY_MS = KNOWN_MS / 4;
const AGAIN_AFTER_MS = 100;

export interface UnhandledEventsOptions {
  service: string;
  consumer: string;
  takeOverAfterMs: number;
  keys: TransportKeys;
  writer: RedisLink;
  source: EventSource;
  /** Called with each event that is no longer in hand. */
  onLeft: (id: string) => void;
  logger: LoggerService;
}

/**
 * The events that this replica has no handler for. Most are those of other services. An event that another version of this
 * service handles is left to a replica of that version, for as long as one has run within the last ten minutes.
 */
export class UnhandledEvents {
  private waiting: HeldEvent[] = [];
  private isScheduled = false;
  private timer?: NodeJS.Timeout;

  constructor(private readonly options: UnhandledEventsOptions) {
    options.writer.on('ready', () => {
      this.schedule();
      // It may be another Redis, or one that has lost what was noted.
      if (this.timer) void this.say().catch((error) => this.report(error));
    });
  }

  /** Says which events this replica handles, now and from time to time. */
  async start(): Promise<void> {
    // A full Redis refuses the note, and no replica is to stay away for that.
    await this.say().catch((error: unknown) => {
      if (faultKind(error) !== 'full') throw error;
    });
    this.timer ??= setInterval(() => void this.say().catch((error) => this.report(error)), SAY_EVERY_MS);
    this.timer.unref();
  }

  /** Leaves what is left to leave. */
  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.flush();
  }

  add(event: HeldEvent): void {
    this.waiting.push(event);
    this.schedule();
  }

  private async say(): Promise<void> {
    const { writer, keys, source } = this.options;
    const patterns = source.patterns.map((pattern) => this.note(pattern));
    const handled = keys.eventsHandled();
    await writer.run((client) => registerEvents(client, { handled }, { ttlMs: KNOWN_MS, patterns }));
  }

  /** A handler is for the events of one publisher, so the note names it. */
  private note(pattern: string): string {
    const { publisher } = this.options.source;
    return publisher === undefined ? pattern : `${publisher} ${pattern}`;
  }

  private schedule(): void {
    if (this.isScheduled || this.waiting.length === 0) return;
    this.isScheduled = true;
    setImmediate(() => void this.flush());
  }

  /** Leaves or acknowledges what waits. If Redis is away, the events stay in hand until it is back. */
  private async flush(): Promise<void> {
    this.isScheduled = false;
    const { writer, keys, service, consumer, takeOverAfterMs, onLeft, source } = this.options;
    const events = this.waiting;
    if (events.length === 0 || !writer.ready) return;
    this.waiting = [];
    const names = { stream: eventStream(keys, source.publisher), handled: keys.eventsHandled() };
    try {
      const noted = events.map((event) => ({ ...event, route: this.note(event.route) }));
      const leaving = { group: service, consumer, idleMs: takeOverAfterMs, events: noted };
      await writer.run((client) => leaveEvents(client, names, leaving));
      for (const { id } of events) onLeft(id);
    } catch (error) {
      this.waiting.push(...events);
      this.report(error);
      if (writer.ready) setTimeout(() => this.schedule(), AGAIN_AFTER_MS).unref();
    }
  }

  private report(error: unknown): void {
    if (faultKind(error) === 'refused') this.options.logger.error(error);
  }
}
