import { type RedisConnection, Script } from '@parley/redis';
import type { AuthKeys } from '../../redis/keys.js';
import source from './note-key-session.lua.js';

const script = new Script(source);

/** A session of a user, and the key that began it. */
export interface NoteKeySession {
  readonly userUUID: string;
  readonly sessionId: string;
  readonly keyId: string;
}

/** Notes by which key a session began. */
export async function noteKeySession(
  redis: RedisConnection,
  keys: AuthKeys,
  { userUUID, sessionId, keyId }: NoteKeySession,
): Promise<void> {
  await script.run(redis, [keys.sessions(userUUID), keys.keySessions(userUUID)], [sessionId, keyId]);
}
