import type { UseOutcome } from '@parley/contracts';
import { type RedisConnection, Script } from '@parley/redis';
import type { AuthKeys } from '../../redis/keys.js';
import source from './settle-use.lua.js';

const script = new Script(source);

/** Gives a use in the audit its outcome. Idempotent. */
export async function settleUse(
  redis: RedisConnection,
  keys: AuthKeys,
  { kind, entry, outcome, object = '', most }: UseOutcome & { readonly most: number },
): Promise<void> {
  await script.run(redis, [keys.audit(kind)], [entry, outcome, object, most]);
}
