import { type RedisConnection, Script } from '@parley/redis';
import { lastMoment } from '../../redis/delivery.js';
import type { ChannelKeys } from '../../redis/keys.js';
import source from './create-group.lua.js';
import { throwRefusal } from './group-outcome.js';

const script = new Script(source);

/** A group to make. */
export interface NewGroup {
  readonly channelUUID: string;
  readonly owner: string;
  readonly name: string;
  readonly topic: string;
  readonly isPrivate: boolean;
  /** When it may be made at the latest, in ms by Redis's clock. */
  readonly deadline: number;
}

/** Makes a group, once. @throws AppError FORBIDDEN where another user has made one with this id, UNAVAILABLE when late. Redis's errors. */
export async function createGroup(
  redis: RedisConnection,
  keys: ChannelKeys,
  { channelUUID, owner, name, topic, isPrivate, deadline }: NewGroup,
): Promise<void> {
  const outcome = await script.run(
    redis,
    [
      ...[keys.meta(channelUUID), keys.members(channelUUID), keys.roster(channelUUID)],
      keys.ofGroup(channelUUID, 'audit'),
    ],
    [owner, name, topic, isPrivate ? 1 : 0, lastMoment(redis, deadline)],
  );
  throwRefusal(outcome);
}
