import { BaseRpcContext } from '@nestjs/microservices';
import type { PacketMetadata } from './packet-metadata.js';

type ContextArgs = [
  pattern: string,
  requestId: string,
  tries: number,
  remainingMs: () => number,
  idempotencyKey: string | undefined,
  metadata: PacketMetadata | undefined,
  times: DeliveryTimes,
];

/** What a delivery is compared by, so that one that is late is recognised. */
export interface DeliveryTimes {
  readonly deadline: number;
  readonly order: number;
}

/** The context of a request or event, for its handler: `@Ctx() context: RedisTransportContext`. */
export class RedisTransportContext extends BaseRpcContext<ContextArgs> {
  /** The pattern as a route: an object pattern is its JSON with sorted keys. */
  getPattern(): string {
    return this.args[0];
  }

  /** Unique among all requests of all clients, and the same at each delivery; for an event, its id in the stream. */
  getRequestId(): string {
    return this.args[1];
  }

  /** The idempotency key of the request, if it has one. */
  getIdempotencyKey(): string | undefined {
    return this.args[4];
  }

  /** The number of this delivery, from 1. Above 1, a replica died with the request in hand, or a handler of the event failed. */
  getTry(): number {
    return this.args[2];
  }

  /** Milliseconds until the deadline, by Redis's clock; negative after it. Infinity for events. */
  getRemainingMs(): number {
    return this.args[3]();
  }

  /**
   * The deadline, in ms by Redis's clock; Infinity for events. A replica that was stopped cannot tell that it is late: pass
   * this to the step that changes something, and compare it there with Redis's clock.
   */
  getDeadline(): number {
    return this.args[6].deadline;
  }

  /**
   * Higher for a request that was stored later (in ms, by Redis's clock), and for a later delivery of the same request. Of
   * two deliveries that change the same thing, that with the lower order is late.
   */
  getOrder(): number {
    return this.args[6].order;
  }

  /** What the client attached with `setOnDispatchHook`, if anything. */
  getMetadata(): PacketMetadata | undefined {
    return this.args[5];
  }
}
