import { AppError } from '@parley/protocol';
import type { RedisConnection } from '@parley/redis';

const NO_ID =
  'This Redis has no replication id (master_replid of INFO replication). Without it, nobody would notice that messages were lost at a failover. Use Redis, Valkey or another engine that has one.';

/**
 * Resolves once Redis has answered that it has a replication id, by which epochs are decided. Engines that are Redis by
 * protocol only may have none.
 * @throws AppError INTERNAL that says so to a person.
 */
export async function requireReplicationId(redis: RedisConnection): Promise<void> {
  if (redis.status !== 'ready') await new Promise((resolve) => redis.once('ready', resolve));
  const about = await redis.info('replication');
  if (!/^master_replid:[\da-f]{16}/m.test(about)) throw new AppError('INTERNAL', { message: NO_ID });
}
