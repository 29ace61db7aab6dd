import { MOST_PARTITIONS } from '../partitions.js';
import type { RedisConnection } from '../transport-options.js';
import { TransportKeys } from './keys.js';

/**
 * Returns how many partitions of the service a replica reads: its own number, and those after it whose stream is there, because a caller
 * that has a higher number may still write into them, or what it has written may still wait.
 */
export async function partitionsToRead(
  redis: RedisConnection,
  { prefix, service, partitions }: { prefix: string; service: string; partitions: number },
): Promise<number> {
  let count = partitions;
  while (
    count < MOST_PARTITIONS &&
    (await exists(redis, new TransportKeys(prefix, service, count).requests()))
  )
    count++;
  return count;
}

/** With a command that a server is allowed anyway. A user without rights to further partitions has none. */
async function exists(redis: RedisConnection, stream: string): Promise<boolean> {
  try {
    await redis.xinfo('STREAM', stream);
    return true;
  } catch (error) {
    if (error instanceof Error && /no such key|NOPERM/.test(error.message)) return false;
    throw error;
  }
}
