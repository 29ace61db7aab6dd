import type { RedisConnection } from '../transport-options.js';
import source from './register-events.lua.js';
import { Script } from './script.js';

const script = new Script(source);

/** The events that a replica handles. Others of the service know of them for `ttlMs`. */
export interface RegisterEvents {
  ttlMs: number;
  patterns: readonly string[];
}

/** Notes, for the other replicas of the service, which events this one handles. */
export async function registerEvents(
  redis: RedisConnection,
  keys: { handled: string },
  { ttlMs, patterns }: RegisterEvents,
): Promise<void> {
  await script.run(redis, [keys.handled], [ttlMs, ...patterns]);
}
