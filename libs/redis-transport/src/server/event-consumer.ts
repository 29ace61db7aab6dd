import type { LoggerService } from '@nestjs/common';
import { eventStream, type TransportKeys } from '../redis/keys.js';
import { leaveGroup } from '../redis/leave-group.js';
import { readEvents } from '../redis/read-events.js';
import type { TakenEntry } from '../redis/take-over.js';
import { faultKind } from '../redis-fault.js';
import type { RedisLink } from '../redis-link.js';
import type { RedisTransportServerLimits } from '../transport-options.js';
import type { RawEntry } from '../wire-format.js';
import { within } from '../within.js';
import { decodeEvent, EventRunner, type HeldEvent } from './event-runner.js';
import type { EventSource } from './event-sources.js';
import { GroupHold } from './group-hold.js';
import { GroupReader } from './group-reader.js';
import type { HandlerHost } from './handler-host.js';
import { setAsideEvent } from './set-aside-event.js';
import { lastDelivered, newestId, smallerId } from './stream-position.js';
import { UnhandledEvents } from './unhandled-events.js';

/** The most events in one read. */
const READ_MAX = 64;

export interface EventConsumerOptions {
  service: string;
  consumer: string;
  limits: Required<RedisTransportServerLimits>;
  keys: TransportKeys;
  reader: RedisLink;
  writer: RedisLink;
  host: HandlerHost;
  source: EventSource;
  logger: LoggerService;
}

/** Reads the events of one stream for a service: each event goes to one replica of the service. */
export class EventConsumer {
  readonly runner: EventRunner;
  readonly reader: GroupReader;
  readonly hold: GroupHold;
  private readonly unhandled: UnhandledEvents;
  readonly counters = { takenOver: 0, setAside: 0, lost: 0 };
  /** Events that the service has still to read, when last seen. */
  lag = 0;
  /** The newest event that this service is known to have received: a lost group begins there again. */
  private newest = '0-0';
  private ended: string[] = [];
  private isScheduled = false;
  private readonly stream: string;

  // biome-ignore lint/complexity/noExcessiveLinesPerFunction: makes the parts and ties each to the others, no more.
  constructor(private readonly options: EventConsumerOptions) {
    const { writer, keys, service, limits, consumer, logger, source } = options;
    this.stream = eventStream(keys, source.publisher);
    const { stream } = this;
    this.hold = new GroupHold({
      link: writer,
      stream,
      partial: stream,
      group: service,
      consumer,
      ...limits,
      capacity: () => this.runner.queue.room,
      onTaken: (entry) => this.takeIn([entry]),
      onGone: (count) => this.miss(count),
      onTick: () => this.tick(),
      onError: (error) => logger.error(error),
    });
    this.unhandled = this.createUnhandled();
    this.runner = new EventRunner({
      ...options,
      isBroadcast: false,
      onRoom: () => this.reader.wake(),
      onEnd: (event) => this.acknowledge(event.id),
      onGivenUp: (event, reason) => void this.setAside(event, reason),
      onUnhandled: (event) => this.unhandled.add(event),
    });
    this.reader = new GroupReader({
      ...options,
      link: options.reader,
      stream,
      group: service,
      groupStart: () => this.groupStart(),
      takeOverAfterMs: limits.takeOverAfterMs,
      stillHeld: (ids) => this.hold.stillHeld(ids),
      readNow: (count) => this.readNow(count),
      capacity: () => Math.min(READ_MAX, this.runner.queue.room),
      onEntry: (entry) => this.receive([entry]),
      onFailed: (id) => this.hold.remove(id),
    });
    writer.on('ready', () => this.schedule());
  }

  /** Joins the group, which is created when the service first starts: earlier events are not for it. */
  async join(): Promise<void> {
    this.newest = await this.firstStart();
    await this.unhandled.start();
    await this.reader.join();
  }

  start(): void {
    this.hold.start();
    this.reader.start();
  }

  async stop(): Promise<void> {
    const { writer, service, consumer, limits, logger } = this.options;
    this.hold.stopLooking();
    await this.reader.stop();
    this.runner.stopRetrying();
    await within(limits.drainMs, this.runner.queue.whenIdle());
    if (this.ended.length > 0) await within(limits.drainMs, this.flush());
    await within(limits.drainMs, this.unhandled.stop());
    this.hold.stop();
    if (!writer.ready) return;
    await writer
      .run((client) => leaveGroup(client, this.stream, { group: service, consumer }))
      .catch((error: unknown) => faultKind(error) === 'refused' && logger.error(error));
  }

  private newestId(): Promise<string> {
    return this.options.writer.run((client) => newestId(client, this.stream));
  }

  /**
   * Where this service's group begins if it is new: at the end. But a service that has read only the shared stream goes on where it
   * has stopped there, because what follows in that stream are copies, which are left out.
   */
  private async firstStart(): Promise<string> {
    const { writer, keys, service, source } = this.options;
    const newest = await this.newestId();
    if (source.publisher === undefined) return newest;
    const read = await writer.run((client) => lastDelivered(client, keys.events(), service));
    return read === undefined ? newest : smallerId(newest, read);
  }

  private async groupStart(): Promise<string> {
    this.newest = smallerId(this.newest, await this.newestId());
    return this.newest;
  }

  private tick(): void {
    this.reader.checkSilence();
    // A service that is too busy to read is one that falls behind.
    if (this.runner.queue.room <= 0) void this.readNow(0, this.options.writer).catch(() => undefined);
  }

  /** Reads what is there. What was trimmed before any replica of the service read it is counted. */
  private async readNow(count: number, link = this.options.reader): Promise<RawEntry[]> {
    const { service, consumer } = this.options;
    const read = { group: service, consumer, count };
    const { lost, lag, entries } = await link.run((client) =>
      readEvents(client, { events: this.stream }, read),
    );
    this.lag = lag;
    if (lost > 0) this.miss(lost);
    return entries;
  }

  private miss(lost: number): void {
    this.counters.lost += lost;
    this.options.logger.error(`${lost} events were trimmed before this service could handle them`);
  }

  private createUnhandled(): UnhandledEvents {
    const { limits, ...options } = this.options;
    return new UnhandledEvents({ ...options, ...limits, onLeft: (id) => this.hold.remove(id) });
  }

  private receive(entries: RawEntry[]): void {
    for (const [id, fields] of entries) {
      this.newest = id;
      this.hold.add(id);
      this.runner.add(decodeEvent(id, fields ?? [], 1));
    }
  }

  private takeIn(taken: TakenEntry[]): void {
    for (const { id, verdict, tries, fields } of taken) {
      this.counters.takenOver++;
      if (verdict === 'exhausted') {
        void this.setAside(decodeEvent(id, fields, tries), 'every replica that handled it died');
      } else this.runner.add(decodeEvent(id, fields, tries + 1));
    }
  }

  /** If Redis cannot be reached, the event is taken over, and tried again. */
  private async setAside(event: HeldEvent, reason: string): Promise<void> {
    const { service: group, logger, source } = this.options;
    try {
      if (await setAsideEvent(this.options, event, { group, reason, publisher: source.publisher })) {
        this.counters.setAside++;
        logger.error(`An event was set aside (${event.route}): ${reason}`);
      }
    } catch (error) {
      if (faultKind(error) === 'refused') logger.error(error);
    }
    this.hold.remove(event.id);
  }

  private acknowledge(id: string): void {
    this.ended.push(id);
    this.schedule();
  }

  private schedule(): void {
    if (this.isScheduled || this.ended.length === 0) return;
    this.isScheduled = true;
    setImmediate(() => void this.flush());
  }

  /** Acknowledges events that have ended. If Redis is away, they stay in hand and are acknowledged later. */
  private async flush(): Promise<void> {
    this.isScheduled = false;
    const { writer, service, logger } = this.options;
    const ids = this.ended;
    if (ids.length === 0 || !writer.ready) return;
    this.ended = [];
    try {
      await writer.run((client) => client.xack(this.stream, service, ...ids));
      for (const id of ids) this.hold.remove(id);
    } catch (error) {
      this.ended.push(...ids);
      if (faultKind(error) === 'refused') logger.error(error);
      if (writer.ready) setTimeout(() => this.schedule(), 100);
    }
  }
}
