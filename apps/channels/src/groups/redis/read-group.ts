import type { Role } from '@parley/protocol';
import { type RedisConnection, Script } from '@parley/redis';
import type { ChannelKeys } from '../../redis/keys.js';
import source from './read-group.lua.js';

const script = new Script(source);

/** A group as one of its users sees it. */
export interface GroupState {
  readonly name: string;
  readonly topic: string;
  readonly isPrivate: boolean;
  readonly isArchived: boolean;
  readonly members: number;
  /** What the user is to it. */
  readonly role: Role;
  readonly seq: number;
  readonly unread: number;
  /** The newest message as JSON; undefined for none, and for who is no member. */
  readonly lastMessage: string | undefined;
}

/** What a group is for a user; undefined where there is none. Rejects with Redis's error. */
export async function readGroup(
  redis: RedisConnection,
  keys: ChannelKeys,
  channelUUID: string,
  user: string,
): Promise<GroupState | undefined> {
  const reply = await script.run(
    redis,
    [
      ...[keys.meta(channelUUID), keys.log(channelUUID)],
      ...[keys.reads(channelUUID), keys.joinedUsers(channelUUID)],
    ],
    [user],
  );
  if (reply === null) return undefined;
  const [name, topic, isPrivate, isArchived, members, role, seq, unread, message] = reply as string[];
  return {
    name: name!,
    topic: topic!,
    isPrivate: isPrivate === '1',
    isArchived: isArchived === '1',
    members: Number(members),
    role: role as Role,
    seq: Number(seq),
    unread: Number(unread),
    lastMessage: message === '' ? undefined : message,
  };
}
