import type { LogHead } from '@parley/contracts';
import { type RedisConnection, Script } from '@parley/redis';

const script = new Script(import.meta.url, 'read-heads.lua');

/** One of the logs; the script's header says what each entry is. */
export interface LogToLookAt {
  readonly keys: { readonly meta: string; readonly log: string };
  readonly fresh: string;
}

/** Where a log stands, and whose it is. */
export interface LogState extends LogHead {
  /** The two users of a private channel. */
  readonly pair: readonly [string, string] | undefined;
}

/** `undefined` when there is no such log; an error is Redis's own. */
export type HeadResult = LogState | undefined | { readonly error: Error };

/** Where logs stand, in their order. Rejects with Redis's error when nothing at all could be read. */
export async function readHeads(redis: RedisConnection, logs: readonly LogToLookAt[]): Promise<HeadResult[]> {
  const reply = await script.run(
    redis,
    logs.flatMap(({ keys }) => [keys.meta, keys.log]),
    logs.map(({ fresh }) => fresh),
  );
  return (reply as string[][]).map(resultOf);
}

function resultOf([outcome, ...rest]: string[]): HeadResult {
  if (outcome === 'NONE') return undefined;
  if (outcome === 'REFUSED') return { error: new Error(rest[0]) };
  const [epoch, seq, first, a, b] = rest as [string, string, string, string, string];
  return { epoch, seq: Number(seq), first: Number(first), pair: a && b ? [a, b] : undefined };
}
