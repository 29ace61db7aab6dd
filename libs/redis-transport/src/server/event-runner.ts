import type { LoggerService } from '@nestjs/common';
import type { IncomingRequest, MessageHandler } from '@nestjs/microservices';
import { isObservable, type Observable } from 'rxjs';
import { RedisTransportContext } from '../redis-transport.context.js';
import { entryTime, field, orderOf } from '../wire-format.js';
import type { HandlerHost } from './handler-host.js';
import { WorkQueue } from './work-queue.js';

/** An event that this replica has in hand. */
export interface HeldEvent {
  id: string;
  route: string;
  json: string;
  /** The number of this delivery, from 1. */
  tries: number;
}

/** Reads a stream entry as an event. */
export function decodeEvent(id: string, fields: readonly string[], tries: number): HeldEvent {
  return { id, route: field(fields, 'p') ?? '', json: field(fields, 'e') ?? 'null', tries };
}

export interface EventRunnerOptions {
  host: Pick<HandlerHost, 'deserialize' | 'around' | 'ended'>;
  /** The handlers of a pattern, chained as Nest chains them. */
  handler: (route: string) => MessageHandler | undefined;
  maxInFlight: number;
  onRoom: () => void;
  /** Called when the handlers of the event have ended, whether or not they failed. */
  onEnd: (event: HeldEvent) => void;
  logger: LoggerService;
}

/** Runs the handlers of events. Nest logs what a handler throws; the event is not delivered again. */
export class EventRunner {
  readonly queue: WorkQueue<HeldEvent>;
  readonly counters = { handled: 0, failed: 0 };

  constructor(private readonly options: EventRunnerOptions) {
    this.queue = new WorkQueue(options.maxInFlight, (event) => void this.begin(event), options.onRoom);
  }

  /** Accepts an event. An event without a handler here ends at once. */
  add(event: HeldEvent): void {
    if (this.options.handler(event.route)) this.queue.add(event);
    else this.options.onEnd(event);
  }

  private async begin(event: HeldEvent): Promise<void> {
    try {
      const packet = await this.options.host.deserialize(JSON.parse(event.json));
      await this.run(event, packet);
      this.counters.handled++;
    } catch (error) {
      this.counters.failed++;
      // Nest has reported a handler whose stream fails; this is an unreadable packet or a bare handler.
      if (!(error instanceof HandlerFailed)) this.options.logger.error(error);
    }
    this.queue.done();
    this.options.onEnd(event);
  }

  private async run(event: HeldEvent, packet: IncomingRequest): Promise<void> {
    const { host, handler } = this.options;
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
      host.around(context, async () => {
        try {
          const result: unknown = await handler(event.route)!(packet.data, context);
          if (isObservable(result)) await ended(result);
          resolve();
        } catch (error) {
          reject(error);
        } finally {
          host.ended(context);
        }
      });
    });
  }
}

class HandlerFailed extends Error {}

function ended(stream: Observable<unknown>): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.subscribe({ error: (cause) => reject(new HandlerFailed('failed', { cause })), complete: resolve });
  });
}
