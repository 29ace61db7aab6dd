import type { RedisTransportContext } from '@parley/redis-transport';

/** Names a request: the same when it is sent or handled again. */
export const requestKey = (context: RedisTransportContext): string =>
  context.getIdempotencyKey() ?? context.getRequestId();
