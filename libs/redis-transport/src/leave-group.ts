import { LuaScript } from './lua-script.js';
import type { RedisConnection } from './transport-options.js';

const script = new LuaScript(import.meta.url, 'leave-group.lua');

/** Removes one consumer if it holds nothing. Returns whether it did. */
export async function leaveGroup(
  client: RedisConnection,
  stream: string,
  group: string,
  consumer: string,
): Promise<boolean> {
  return (await script.run(client, [stream], [group, consumer, 0])) === 1;
}

/** Removes all consumers that hold nothing and have been silent for that long. Returns how many. */
export async function removeSilentConsumers(
  client: RedisConnection,
  stream: string,
  group: string,
  minIdleMs: number,
): Promise<number> {
  return (await script.run(client, [stream], [group, '', minIdleMs])) as number;
}
