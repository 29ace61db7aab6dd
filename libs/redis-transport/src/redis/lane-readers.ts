import type { RedisConnection } from '../transport-options.js';

/**
 * Notes for so long (ms) that a replica reads a lane. A full Redis does not refuse to prolong that, and if it refuses to begin it, the
 * requests of the lane go where every version reads.
 */
export async function noteReader(redis: RedisConnection, readers: string, forMs: number): Promise<void> {
  if ((await redis.pexpire(readers, forMs)) === 0) await redis.set(readers, 1, 'PX', forMs);
}

/** A replica stops reading a lane. If others read it, they note that again. */
export async function forgetReaders(redis: RedisConnection, readers: string): Promise<void> {
  await redis.del(readers);
}
