/** Per-request settings of {@link RedisRequest}. */
export interface RedisRequestOptions {
  /** Milliseconds until the request ends with `DEADLINE_EXCEEDED`; the client's `deadlineMs` when left out. */
  deadlineMs?: number;
  /**
   * Names the effect that the request asks for. Requests to one service with the same key within the server's
   * `idempotencyTtlMs` are handled once: later ones get the first one's reply.
   */
  idempotencyKey?: string;
  /**
   * The handler takes care itself that the request takes effect once: it is sent again after a break as one with a key is,
   * though nothing is kept for it. Without meaning beside a key.
   */
  isRepeatable?: boolean;
}

/**
 * A payload with settings of its own, as `RmqRecord` is for RabbitMQ:
 * `client.send('orders.place', new RedisRequest(order, { idempotencyKey: order.id }))`.
 */
export class RedisRequest<T = unknown> {
  constructor(
    readonly data: T,
    readonly options: RedisRequestOptions = {},
  ) {}
}
