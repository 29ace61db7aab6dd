import { type RedisConnection, Script } from '@parley/redis';
import { type External, externalId } from '../tokens/external-store.js';
import source from './claim-external.lua.js';
import type { AuthKeys } from './keys.js';

const script = new Script(source);

/** A user of an identity provider, and the user that it becomes. */
export interface ClaimExternal extends External {
  readonly userUUID: string;
}

/** Makes a user of an identity provider a user, unless it is one. Returns the UUID of the user that it is now. */
export async function claimExternal(
  redis: RedisConnection,
  keys: AuthKeys,
  { issuer, subject, userUUID }: ClaimExternal,
): Promise<string> {
  const key = keys.external(externalId({ issuer, subject }));
  return (await script.run(redis, [key], [issuer, subject, userUUID])) as string;
}
