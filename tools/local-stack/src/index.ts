/** The Redis users of the services, for tests that let them serve from any Redis. */
export { aclUsers, REDIS_USERS, type RedisUser } from '@parley/redis';
export { CHEAP_HASHING } from './cheap-hashing.js';
export { defaultCacheFolder, findRedisProgram } from './find-redis.js';
export { freePort } from './free-port.js';
export { LAZY_FREE, lazyFreeArgs } from './lazy-free.js';
export { operatorEnvironment } from './operator-environment.js';
export { redisImage } from './redis-container.js';
export type { RedisProgram } from './redis-program.js';
export { type RedisServer, type RedisServerOptions, startRedisServer } from './redis-server.js';
export { handedOn, nodeOptions } from './service-environment.js';
export { readStackSettings, type StackSettings, stackSettings } from './settings.js';
export type { GatewayAddress, Stack, StackOptions } from './stack.js';
export { StartError } from './start-error.js';
export { startStack } from './start-stack.js';
