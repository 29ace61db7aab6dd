import { type RedisConnection, Script } from '@parley/redis';
import type { UsersKeys } from './keys.js';
import source from './read-slots.lua.js';

const script = new Script(source);

/** Where presence is. */
export interface SlotsRead {
  /** Milliseconds since presence has been in many slots, negative before; undefined if it stays in one. */
  readonly manyForMs: number | undefined;
  /** Users in the one slot. */
  readonly inOne: number;
}

/** Reads where presence is. @param delayMs in how many milliseconds it goes to many slots, unless that is noted; 0 for never. */
export async function readSlots(
  redis: RedisConnection,
  keys: UsersKeys,
  { delayMs }: { delayMs: number },
): Promise<SlotsRead> {
  const reply = await script.run(redis, [keys.manyFrom(), keys.presence.online()], [delayMs]);
  const [manyForMs, inOne] = reply as [number | null, number];
  return { manyForMs: manyForMs ?? undefined, inOne };
}
