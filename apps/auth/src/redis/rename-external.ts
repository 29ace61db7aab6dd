import { type RedisConnection, Script } from '@parley/redis';
import type { NewName } from '../tokens/external-store.js';
import type { AuthKeys } from './keys.js';
import source from './rename-external.lua.js';

const script = new Script(source);

/** A user of an identity provider, by its id, and its new name. */
export interface RenameExternal extends NewName {
  readonly id: string;
}

/** Gives the user a name, if it still has the one that was read. Returns the name that it has now, empty for a deleted account. */
export async function renameExternal(
  redis: RedisConnection,
  keys: AuthKeys,
  { id, from = '', to, wanted }: RenameExternal,
): Promise<string> {
  return (await script.run(redis, [keys.external(id)], [from, to, wanted])) as string;
}
