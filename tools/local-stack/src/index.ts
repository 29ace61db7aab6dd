export { freePort } from './free-port.js';
export { redisImage } from './redis-container.js';
export { defaultCacheFolder, findRedisProgram, type RedisProgram } from './redis-program.js';
export { type RedisServer, type RedisServerOptions, startRedisServer } from './redis-server.js';
export { handedOn, nodeOptions } from './service-environment.js';
export { type StackSettings, stackSettings } from './settings.js';
export { type GatewayAddress, type Stack, type StackOptions, startStack } from './stack.js';
export { StartError } from './start-error.js';
