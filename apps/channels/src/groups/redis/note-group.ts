import { type RedisConnection, Script } from '@parley/redis';
import type { ChannelKeys } from '../../redis/keys.js';
import source from './note-group.lua.js';

const script = new Script(source);

/** A group that a user is about to be in. */
export interface NoteGroup {
  readonly userUUID: string;
  readonly channelUUID: string;
  /** Groups of a user at most. */
  readonly most: number;
}

/** Notes a group. Returns whether the user had room for it. Rejects with Redis's error. */
export async function noteGroup(
  redis: RedisConnection,
  keys: ChannelKeys,
  { userUUID, channelUUID, most }: NoteGroup,
): Promise<boolean> {
  return (await script.run(redis, [keys.groupsOf(userUUID)], [channelUUID, most])) === 1;
}
