import type { MemberRole } from '@parley/protocol';
import { type RedisConnection, Script } from '@parley/redis';
import type { ChannelKeys } from '../../redis/keys.js';
import { throwRefusal } from './group-outcome.js';
import source from './read-members.lua.js';

const script = new Script(source);

/** A page of members, for one of them. */
export interface ReadMembers {
  readonly channelUUID: string;
  readonly user: string;
  /** Ordinal of the last one of the page before, 0 for the first page. */
  readonly after: number;
  readonly limit: number;
}

/** A member as the group holds it. */
export interface Member {
  readonly userUUID: string;
  readonly role: MemberRole;
  /** The user was the so manieth that came. */
  readonly ordinal: number;
  /** In ms; 0 or a time that is over for one who is not mute. */
  readonly mutedUntil: number;
}

/** Reads a page of members, and how many there are. @throws AppError CHANNEL_NOT_FOUND, FORBIDDEN. Redis's errors. */
export async function readMembers(
  redis: RedisConnection,
  keys: ChannelKeys,
  { channelUUID, user, after, limit }: ReadMembers,
): Promise<{ total: number; members: Member[] }> {
  const reply = await script.run(
    redis,
    [keys.meta(channelUUID), keys.members(channelUUID), keys.roster(channelUUID)],
    [user, after, limit],
  );
  throwRefusal(reply);
  const [total, ...flat] = reply as string[];
  const members: Member[] = [];
  for (let at = 0; at < flat.length; at += 2) {
    const [role, ordinal, mutedUntil] = flat[at + 1]!.split(' ');
    members.push({
      userUUID: flat[at]!,
      role: role as MemberRole,
      ordinal: Number(ordinal),
      mutedUntil: Number(mutedUntil),
    });
  }
  return { total: Number(total), members };
}
