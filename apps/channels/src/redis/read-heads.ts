import { randomUUID } from 'node:crypto';
import type { LogHeadReply, LogId } from '@parley/contracts';
import { type RedisConnection, Script } from '@parley/redis';
import type { ChannelKeys } from './keys.js';

const script = new Script(import.meta.url, 'read-heads.lua');

/** Where a log stands, and whose it is. */
export interface LogState extends LogHeadReply {
  /** The two users of a private channel. */
  readonly pair: readonly [string, string] | undefined;
}

/**
 * Where logs stand, in their order: `undefined` for one that does not exist, Redis's error for one that failed. Rejects with
 * Redis's error for the whole.
 */
export async function readHeads(
  redis: RedisConnection,
  keys: ChannelKeys,
  logs: readonly LogId[],
): Promise<(LogState | undefined | Error)[]> {
  const reply = await script.run(
    redis,
    logs.flatMap((log) => [keys.meta(log), keys.log(log)]),
    logs.map(() => randomUUID()),
  );
  return (reply as string[][]).map(resultOf);
}

function resultOf([outcome, ...rest]: string[]): LogState | undefined | Error {
  if (outcome === 'NONE') return undefined;
  if (outcome === 'REFUSED') return new Error(rest[0]);
  const [epoch, seq, first, a, b] = rest as [string, string, string, string, string];
  return { epoch, seq: Number(seq), first: Number(first), pair: a && b ? [a, b] : undefined };
}
