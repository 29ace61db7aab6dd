import { type RedisConnection, Script } from '@parley/redis';
import type { NewlyShown } from '../tokens/external-store.js';
import type { AuthKeys } from './keys.js';
import source from './note-shown.lua.js';

const script = new Script(source);

/** A user of an identity provider, by its id, and what is shown. */
export interface NoteShown extends NewlyShown {
  readonly id: string;
}

/** Notes what is shown of the user, unless the account is gone. */
export async function noteShown(
  redis: RedisConnection,
  keys: AuthKeys,
  { id, userUUID, shown }: NoteShown,
): Promise<void> {
  await script.run(redis, [keys.external(id)], [userUUID, shown]);
}
