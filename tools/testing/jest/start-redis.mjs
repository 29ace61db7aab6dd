// Jest's globalSetup: one Redis for the tests of a run, unless TEST_REDIS_URL names one. Needs a build.
import { startSharedRedis } from '../dist/index.js';

export default async function startTestRedis() {
  if (process.env.TEST_REDIS_URL) return;
  const redis = await startSharedRedis((line) => console.log(line));
  console.log(`Redis for tests: ${redis.origin}`);
  process.env.TEST_REDIS_URL = redis.url;
  // A container would outlive this process, which a signal ends without any teardown.
  for (const signal of ['SIGINT', 'SIGTERM']) {
    process.once(signal, () => redis.stop().finally(() => process.exit(1)));
  }
  globalThis.testRedis = redis; // for stop-redis.mjs, which runs in this process
}
