export type { RedisTransportClientMetrics } from './client/client-counters.js';
export { RedisTransportClient } from './client/redis-transport.client.js';
export { describeError, type ErrorRecord, errorHeadline, errorText } from './error-record.js';
export { type AroundHandler, aroundHandlers, beforeDispatch } from './hooks.js';
export type { Lane } from './lanes.js';
export type { DispatchedPacket, PacketMetadata } from './packet-metadata.js';
export { RedisRequest, type RedisRequestOptions } from './redis-request.js';
export { RedisTransportContext } from './redis-transport.context.js';
export { REDIS_STREAMS, RedisTransportServer } from './server/redis-transport.server.js';
export type { RedisTransportServerMetrics } from './server/service-workers.js';
export { type SetAside, SetAsideItems, type SetAsideKind, type SetAsideOptions } from './set-aside.js';
export {
  RedisTransportError,
  type RedisTransportErrorCode,
  type RedisTransportErrorDetails,
} from './transport-error.js';
export type {
  RedisConnection,
  RedisTransportClientLimits,
  RedisTransportClientOptions,
  RedisTransportOptions,
  RedisTransportServerLimits,
  RedisTransportServerOptions,
} from './transport-options.js';
