import { findRedisProgram, lazyFreeArgs, redisImage } from '@parley/local-stack';
import { startRedis } from './own-redis.js';

/** The Redis that all tests of one run use. */
export interface SharedRedis {
  readonly url: string;
  /** Where it comes from, for display. */
  readonly origin: string;
  stop(): Promise<void>;
}

/**
 * Starts a Redis for a whole test run: a container if a Docker engine has the image (nothing is ever pulled),
 * otherwise a Redis server of this machine. Also makes sure that tests that start their own find a Redis server, so
 * that they do not all fetch it at once.
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
  // Its reaper would be another image to pull. The end of the run stops the container instead.
  process.env.TESTCONTAINERS_RYUK_DISABLED ??= 'true';
  const { GenericContainer, getContainerRuntimeClient, ImageName, Wait } = await import('testcontainers');
  const client = await getContainerRuntimeClient();
  if (!(await client.image.exists(ImageName.fromString(redisImage))))
    throw new Error(`${redisImage} is not available locally`);
  const container = await new GenericContainer(redisImage)
    .withExposedPorts(6379)
    .withCommand(['redis-server', '--save', '', ...lazyFreeArgs])
    .withWaitStrategy(Wait.forLogMessage('Ready to accept connections'))
    .withStartupTimeout(30_000)
    .start();
  return {
    url: `redis://${container.getHost()}:${container.getMappedPort(6379)}`,
    origin: `testcontainers, ${redisImage}`,
    stop: async () => void (await container.stop()),
  };
}
