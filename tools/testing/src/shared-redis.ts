import { findRedisProgram, redisImage } from '@parley/local-stack';
import { startRedis } from './own-redis.js';

/** The Redis that all tests of one run use. */
export interface SharedRedis {
  readonly url: string;
  /** Where it comes from, for people. */
  readonly origin: string;
  stop(): Promise<void>;
}

/**
 * Starts a Redis for a whole test run: a container where a Docker engine that has the image answers (nothing is ever
 * pulled), a Redis server of this machine otherwise. Also makes sure that there is a Redis server for the tests that start
 * their own, so that they need not all fetch it at the same time.
 */
export async function startSharedRedis(report: (line: string) => void): Promise<SharedRedis> {
  const [program, container] = await Promise.all([
    findRedisProgram(report),
    startContainer().catch((error: Error) => report(`no container for tests: ${error.message}`)),
  ]);
  if (container) return container;
  const redis = await startRedis();
  return { url: redis.url, origin: program.origin, stop: redis.remove };
}

async function startContainer(): Promise<SharedRedis> {
  // Its reaper is another image, to be pulled; the container is stopped by the end of the run instead.
  process.env.TESTCONTAINERS_RYUK_DISABLED ??= 'true';
  const { GenericContainer, getContainerRuntimeClient, ImageName, Wait } = await import('testcontainers');
  const client = await getContainerRuntimeClient();
  if (!(await client.image.exists(ImageName.fromString(redisImage))))
    throw new Error(`${redisImage} is not here`);
  const container = await new GenericContainer(redisImage)
    .withExposedPorts(6379)
    .withCommand(['redis-server', '--save', ''])
    .withWaitStrategy(Wait.forLogMessage('Ready to accept connections'))
    .withStartupTimeout(30_000)
    .start();
  return {
    url: `redis://${container.getHost()}:${container.getMappedPort(6379)}`,
    origin: `testcontainers, ${redisImage}`,
    stop: async () => void (await container.stop()),
  };
}
