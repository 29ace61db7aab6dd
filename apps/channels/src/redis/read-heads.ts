import type { LogHead, LogId, ReaderEpoch } from '@parley/contracts';
import { type RedisConnection, Script } from '@parley/redis';
import type { ChannelKeys } from './keys.js';
import { askedEpoch, type HeadReply, headOf } from './log-state.js';
import source from './read-heads.lua.js';

const script = new Script(source);

/** A log, and the epoch that its reader counts in. */
export interface ReadHead {
  readonly log: LogId;
  readonly epoch: ReaderEpoch;
  /** Who asks about a group; undefined for any other log. */
  readonly user?: string | undefined;
}

/** Where a log stands for its reader, and whose it is. */
export interface LogState {
  readonly head: LogHead;
  /** How many messages there are up to what the two epochs have in common. */
  readonly commonNumber: number;
  /** The two users of a private channel; `undefined` also for one that nobody has joined or written to. */
  readonly pair: readonly [string, string] | undefined;
  /** Why the user may not read the group that it asks about. */
  readonly refusal?: 'NOT_FOUND' | 'OUTSIDER' | undefined;
}

/**
 * Where logs stand, in their order; Redis's error for one that failed. A log that does not exist is empty. Rejects with Redis's
 * error for the whole.
 */
export async function readHeads(
  redis: RedisConnection,
  keys: ChannelKeys,
  asked: readonly ReadHead[],
): Promise<(LogState | Error)[]> {
  const reply = await script.run(
    redis,
    asked.flatMap(({ log }) => [keys.meta(log), keys.log(log)]),
    asked.flatMap(({ epoch, user }) => [askedEpoch(epoch), user ?? '']),
  );
  return (reply as [string, ...string[]][]).map(resultOf);
}

function resultOf([outcome, ...rest]: [string, ...string[]]): LogState | Error {
  if (outcome === 'REFUSED') return new Error(rest[0]);
  const [epoch, seq, first, from, common, number, a, b, refusal] = rest as [...HeadReply, ...string[]];
  const head = headOf([epoch, seq, first, from, common]);
  return {
    head,
    commonNumber: Number(number),
    pair: a && b ? [a, b] : undefined,
    ...(refusal !== '' && { refusal: refusal as 'NOT_FOUND' | 'OUTSIDER' }),
  };
}
