import { setTimeout as pause } from 'node:timers/promises';
import { AppError } from '@parley/protocol';
import { fromRedisError, type RedisConnection } from '@parley/redis';

const NO_ID =
  'This Redis has no replication id (master_replid of INFO replication). Without it, nobody would notice that messages were lost at a failover. Use Redis, Valkey or another engine that has one.';

const AGAIN_AFTER_MS = 200;

/**
 * Resolves once Redis has answered that it has a replication id, by which epochs are decided. Engines that are Redis by
 * protocol only may have none. While Redis is away, this waits for it.
 * @throws AppError INTERNAL that says so to a person, and Redis's error if it refuses to answer.
 */
export async function requireReplicationId(redis: RedisConnection): Promise<void> {
  const about = await replicationOf(redis);
  if (!/^master_replid:[\da-f]{16}/m.test(about)) throw new AppError('INTERNAL', { message: NO_ID });
}

/** Not with p-retry: the pause never grows, and there is no last attempt. */
async function replicationOf(redis: RedisConnection): Promise<string> {
  for (;;) {
    if (redis.status !== 'ready') await new Promise((resolve) => redis.once('ready', resolve));
    try {
      return await redis.info('replication');
    } catch (error) {
      const known = fromRedisError(error);
      if (!(known instanceof AppError && known.name === 'UNAVAILABLE')) throw error;
      await pause(AGAIN_AFTER_MS);
    }
  }
}
