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
   * Redis takes the request even at `maxmemory`, up to the bound of the queue. For requests that only read or that free
   * memory: everything else is refused with `STORAGE_FULL` at once.
   */
  evenWhenFull?: boolean;
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
