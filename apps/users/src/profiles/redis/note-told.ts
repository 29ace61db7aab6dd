import { type RedisConnection, Script } from '@parley/redis';
import source from './note-told.lua.js';

const script = new Script(source);

/** A change that is told. */
export interface NoteTold {
  readonly profiles: string;
  readonly UUID: string;
  readonly mark: string;
}

/** Notes that a change is told. Rejects with Redis's error. */
export async function noteTold(redis: RedisConnection, { profiles, UUID, mark }: NoteTold): Promise<void> {
  await script.run(redis, [profiles], [UUID, mark]);
}
