import type { Lane } from './lanes.js';

/** Per-request settings of {@link RedisRequest}. */
export interface RedisRequestOptions {
  /** Milliseconds until the request ends with `DEADLINE_EXCEEDED`; by default the client's `deadlineMs`. */
  deadlineMs?: number;
  /**
   * Names the effect of the request. Requests to one service with the same key are handled once within the server's
   * `idempotencyTtlMs`: later ones get the reply to the first.
   */
  idempotencyKey?: string;
  /**
   * The handler itself ensures that the request takes effect once. Like a request with a key, it is sent again after the
   * connection breaks, but no reply is kept for it. Has no meaning together with a key.
   */
  isRepeatable?: boolean;
  /**
   * An earlier request for the same effect may have been handled. The request is then never refused for the age of the queue,
   * and where it is refused for its length, it ends with `UNAVAILABLE` in place of `OVERLOADED`, which says that nothing was done.
   */
  isRepeat?: boolean;
  /**
   * What the request is about: a channel, a user. Requests about the same go through one stream, in their order, whichever of the
   * `partitions` that is. Without it, the request goes through the first. Leave it out where another process may repeat the request
   * with the same `idempotencyKey`: it may have another number of partitions, and would not find that key in another one.
   */
  partitionBy?: string;
  /**
   * What it waits behind; `now` by default. Requests that can wait go `later`: they have a queue of their own, with bounds of its own, and
   * a share of the handlers, so that no other request waits for them. The order of two requests in different lanes is not kept.
   */
  lane?: Lane;
  /**
   * Redis takes the request even at `maxmemory`, up to the bound of the queue. For requests that only read or that free
   * memory: everything else is refused with `STORAGE_FULL` at once.
   */
  evenWhenFull?: boolean;
  /**
   * The reply is in parts: each of its values stands for itself, and is passed on as soon as it arrives. A request that
   * runs again, because its replica died or because it was sent again, passes on the values of both runs, which need not
   * be the same. Without `inParts`, the second run must give the values of the first, and continues where that stopped.
   */
  inParts?: boolean;
  /**
   * When the connection for replies breaks, the request ends with `REPLY_LOST` as soon as there is a new one: its reply may
   * be what broke the connection, because Redis closes the connection of a subscriber for which more waits than
   * `client-output-buffer-limit` allows. The caller asks for less. A request that can be sent again is sent again once
   * before: the second time, it has been handled.
   */
  failsWhenReplyIsLost?: boolean;
  /**
   * The request ends with `NO_HANDLER` as soon as one replica has no handler for it, rather than being sent again to reach
   * another: the caller has a request that every version knows.
   */
  failsWhenUnhandled?: boolean;
}

/**
 * A payload with its own settings, like `RmqRecord` for RabbitMQ:
 * `client.send('orders.place', new RedisRequest(order, { idempotencyKey: order.id }))`.
 */
export class RedisRequest<T = unknown> {
  constructor(
    readonly data: T,
    readonly options: RedisRequestOptions = {},
  ) {}
}
