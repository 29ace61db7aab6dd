import type { LoggerService } from '@nestjs/common';
import type { IncomingRequest, MessageHandler } from '@nestjs/microservices';
import { isObservable, type Observable } from 'rxjs';
import { RedisTransportContext } from '../redis-transport.context.js';
import { checkVersion, entryTime, field, orderOf } from '../wire-format.js';
import type { EventSource } from './event-sources.js';
import type { HandlerHost } from './handler-host.js';
import { WorkQueue } from './work-queue.js';

/** The longest back-off (ms). */
const LONGEST_BACK_OFF_MS = 60_000;
/** The share of a back-off that is left to chance, so that events that failed together do not all come back together. */
const JITTER = 0.25;

/** An event that this replica has in hand. */
export interface HeldEvent {
  id: string;
  route: string;
  json: string;
  /** The number of this run, from 1: deliveries to replicas that died, and runs that failed. */
  tries: number;
  /** Why it cannot be handled, if so. */
  fault?: string;
  /** The only service that it is for: it was replayed. */
  service?: string;
  /** The publisher in whose own stream the event is too. */
  copyOf?: string;
  /** Whether it was replayed for broadcast handlers. */
  isBroadcast?: boolean;
  /** The handlers that have succeeded, if others have failed. */
  succeeded?: Set<MessageHandler>;
}

/** Reads a stream entry as an event. */
export function decodeEvent(id: string, fields: readonly string[], tries: number): HeldEvent {
  const event: HeldEvent = {
    id,
    route: field(fields, 'p') ?? '',
    json: field(fields, 'e') ?? 'null',
    tries,
  };
  const copyOf = field(fields, 'o');
  if (copyOf !== undefined) event.copyOf = copyOf;
  const service = field(fields, 'g');
  if (service !== undefined) Object.assign(event, { service, isBroadcast: field(fields, 'w') === '1' });
  try {
    checkVersion(fields);
  } catch {
    event.fault = 'its entry is of a newer version';
  }
  return event;
}

export interface EventRunnerOptions {
  service: string;
  /** Whether every replica handles each event. */
  isBroadcast: boolean;
  host: Pick<HandlerHost, 'deserialize' | 'around' | 'ended'>;
  source: EventSource;
  limits: { maxInFlight: number; eventTries: number; eventBackOffMs: number };
  onRoom: () => void;
  /** Called when the handlers of the event have succeeded, or it is not for them. */
  onEnd: (event: HeldEvent) => void;
  /** Called when the event is to be set aside. */
  onGivenUp: (event: HeldEvent, reason: string) => void;
  /** Called with an event that has no handler here. */
  onUnhandled: (event: HeldEvent) => void;
  logger: LoggerService;
}

/**
 * Runs the handlers of events. Those that fail run again after a back-off, in this replica, and after the last try the event is
 * given up. During a back-off it keeps its place among those in hand: a service whose handlers all fail reads
 * no more than it has room for, and what waits stays in Redis.
 */
export class EventRunner {
  readonly queue: WorkQueue<HeldEvent>;
  readonly counters = { handled: 0, failed: 0, retried: 0 };
  private readonly backingOff = new Set<NodeJS.Timeout>();
  private isStopping = false;

  constructor(private readonly options: EventRunnerOptions) {
    const { limits, onRoom } = options;
    this.queue = new WorkQueue(limits.maxInFlight, (event) => void this.begin(event), onRoom);
  }

  /** Accepts an event. */
  add(event: HeldEvent): void {
    const { service, isBroadcast, source, onEnd, onUnhandled } = this.options;
    const isOurs = event.service === undefined || event.service === service;
    const isForThese = event.service === undefined || event.isBroadcast === isBroadcast;
    if (!isOurs || !isForThese) onEnd(event);
    else if (source.handlers(event)) this.queue.add(event);
    else if (source.isSettled(event.route)) onEnd(event);
    else onUnhandled(event);
  }

  /** Ends all back-offs, and begins none: events that fail are left to other replicas. */
  stopRetrying(): void {
    this.isStopping = true;
    for (const timer of this.backingOff) {
      clearTimeout(timer);
      this.queue.done();
    }
    this.backingOff.clear();
  }

  private async begin(event: HeldEvent): Promise<void> {
    const packet = await this.unpack(event);
    if (packet === undefined) {
      this.giveUp(event, event.fault!);
      return;
    }
    try {
      await this.run(event, packet);
    } catch (error) {
      this.failed(event, error);
      return;
    }
    this.counters.handled++;
    this.queue.done();
    this.options.onEnd(event);
  }

  /** Returns undefined for an event that no try could handle. */
  private async unpack(event: HeldEvent): Promise<IncomingRequest | undefined> {
    if (event.fault !== undefined) return undefined;
    try {
      const packet: unknown = await this.options.host.deserialize(JSON.parse(event.json));
      if (typeof packet === 'object' && packet !== null) return packet as IncomingRequest;
    } catch {
      // The error may quote the event.
    }
    event.fault = 'its packet cannot be read';
    return undefined;
  }

  private failed(event: HeldEvent, error: unknown): void {
    this.counters.failed++;
    const { limits } = this.options;
    this.report(error);
    if (event.tries >= limits.eventTries) {
      this.giveUp(event, 'its handler fails');
      return;
    }
    if (this.isStopping) {
      this.queue.done();
      return;
    }
    const timer = setTimeout(() => {
      this.backingOff.delete(timer);
      this.counters.retried++;
      event.tries++;
      void this.begin(event);
    }, this.backOff(event.tries));
    this.backingOff.add(timer);
  }

  /** Nest has reported a handler whose stream fails; anything else is a hook or a bare handler. */
  private report(error: unknown): void {
    if (!(error instanceof HandlerFailed)) this.options.logger.error(error);
  }

  private backOff(tries: number): number {
    const wait = Math.min(this.options.limits.eventBackOffMs * 2 ** (tries - 1), LONGEST_BACK_OFF_MS);
    return wait * (1 - JITTER * Math.random());
  }

  private giveUp(event: HeldEvent, reason: string): void {
    this.queue.done();
    this.options.onGivenUp(event, reason);
  }

  private async run(event: HeldEvent, packet: IncomingRequest): Promise<void> {
    const { host } = this.options;
    const context = new RedisTransportContext([
      event.route,
      event.id,
      event.tries,
      () => Number.POSITIVE_INFINITY,
      undefined,
      packet.metadata,
      { deadline: Number.POSITIVE_INFINITY, order: orderOf(entryTime(event.id), event.tries) },
    ]);
    await new Promise<void>((resolve, reject) => {
      const work = async () => {
        try {
          await this.callAll(event, packet, context);
          resolve();
        } catch (error) {
          reject(error);
        } finally {
          host.ended(context);
        }
      };
      host.around(context, work, reject);
    });
  }

  /** Runs the handlers that have not succeeded yet, side by side. Rejects when all have ended, if one of them has failed. */
  private async callAll(event: HeldEvent, packet: IncomingRequest, context: object): Promise<void> {
    const all = this.options.source.handlers(event) ?? [];
    if (all.length === 1) {
      await call(all[0]!, packet, context);
      return;
    }
    const { succeeded = new Set() } = event;
    event.succeeded = succeeded;
    const errors: unknown[] = [];
    const run = (handler: MessageHandler) =>
      call(handler, packet, context).then(
        () => succeeded.add(handler),
        (error: unknown) => errors.push(error),
      );
    await Promise.all(all.filter((handler) => !succeeded.has(handler)).map(run));
    const [first, ...others] = errors;
    for (const error of others) this.report(error);
    if (errors.length > 0) throw first;
  }
}

async function call(handler: MessageHandler, packet: IncomingRequest, context: object): Promise<void> {
  const result: unknown = await handler(packet.data, context);
  if (isObservable(result)) await ended(result);
}

class HandlerFailed extends Error {}

function ended(stream: Observable<unknown>): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.subscribe({ error: (cause) => reject(new HandlerFailed('failed', { cause })), complete: resolve });
  });
}
