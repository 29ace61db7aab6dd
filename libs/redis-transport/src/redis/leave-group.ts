import type { RedisConnection } from '../transport-options.js';
import source from './leave-group.lua.js';
import { Script } from './script.js';

const script = new Script(source);

/** Removes one consumer if it holds nothing. Returns whether it did. */
export async function leaveGroup(
  redis: RedisConnection,
  stream: string,
  { group, consumer }: { group: string; consumer: string },
): Promise<boolean> {
  return (await script.run(redis, [stream], [group, consumer, 0])) === 1;
}

/** Removes all consumers that hold nothing and have been silent for `minIdleMs`. Returns how many. */
export async function removeSilentConsumers(
  redis: RedisConnection,
  stream: string,
  { group, minIdleMs }: { group: string; minIdleMs: number },
): Promise<number> {
  return (await script.run(redis, [stream], [group, '', minIdleMs])) as number;
}
