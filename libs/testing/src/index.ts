export { eventually } from './eventually.js';
export { type OwnRedis, startRedis } from './own-redis.js';
export { type TestRedis, testRedis } from './test-redis.js';
