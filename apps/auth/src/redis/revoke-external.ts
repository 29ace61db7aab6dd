import { type RedisConnection, Script } from '@parley/redis';
import type { AuthKeys } from './keys.js';
import source from './revoke-external.lua.js';

const script = new Script(source);

/** Whose tokens are refused, and for how long that is kept of somebody who is no user. */
export interface RevokeExternal {
  readonly id: string;
  /** In milliseconds; 0 means for good. */
  readonly lifeMs: number;
}

/** From now on every token is refused that was issued until now. */
export async function revokeExternal(
  redis: RedisConnection,
  keys: AuthKeys,
  { id, lifeMs }: RevokeExternal,
): Promise<void> {
  await script.run(redis, [keys.external(id)], [lifeMs]);
}
