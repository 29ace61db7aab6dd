import type { MemberRead } from '@parley/contracts';
import { type RedisConnection, Script } from '@parley/redis';
import type { ChannelKeys } from '../../redis/keys.js';
import source from './read-reads.lua.js';

const script = new Script(source);

/**
 * How far the members of channels have read, in their order; `undefined` for a channel that does not show it, Redis's error for
 * one that failed. Rejects with Redis's error for the whole.
 */
export async function readReads(
  redis: RedisConnection,
  keys: ChannelKeys,
  channelUUIDs: readonly string[],
): Promise<(MemberRead[] | undefined | Error)[]> {
  const reply = await script.run(
    redis,
    channelUUIDs.flatMap((each) => [keys.meta(each), keys.reads(each), keys.joinedUsers(each)]),
    [],
  );
  return (reply as [string, ...string[]][]).map(readsOf);
}

function readsOf([outcome, ...rest]: [string, ...string[]]): MemberRead[] | undefined | Error {
  if (outcome === 'REFUSED') return new Error(rest[0]);
  if (outcome === 'NONE') return undefined;
  const reads: MemberRead[] = [];
  for (let at = 0; at < rest.length; at += 2) reads.push({ userUUID: rest[at]!, seq: Number(rest[at + 1]) });
  return reads;
}
