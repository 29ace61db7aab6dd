import { randomUUID } from 'node:crypto';
import type { LogHeadReply, LogId } from '@parley/contracts';
import { type RedisConnection, Script } from '@parley/redis';
import type { ChannelKeys } from './keys.js';

const script = new Script(import.meta.url, 'read-log.lua');

/** Which entries of a log. */
export interface ReadLog {
  readonly log: LogId;
  /** Exclusive. */
  readonly after: number;
  /** Inclusive; `undefined` for the newest. */
  readonly upTo: number | undefined;
  /** Number of entries at most. */
  readonly most: number;
  /** Size of the entries at most; the first one always fits. */
  readonly bytes: number;
}

/** A log as it was at the moment of reading. */
export interface ReadPage extends LogHeadReply {
  readonly kind: 'general' | 'private' | 'inbox';
  readonly entries: readonly { readonly seq: number; readonly json: string }[];
}

/** Reads a page and the head; `undefined` when there is no such log. Rejects with Redis's error. */
export async function readLog(
  redis: RedisConnection,
  keys: ChannelKeys,
  { log, after, upTo, most, bytes }: ReadLog,
): Promise<ReadPage | undefined> {
  const reply = await script.run(
    redis,
    [keys.meta(log), keys.log(log)],
    [randomUUID(), after, upTo ?? '', most, bytes],
  );
  const [outcome, epoch, seq, first, kind, ...flat] = reply as [string, ...string[]];
  if (outcome === 'NONE') return undefined;
  const entries: { seq: number; json: string }[] = [];
  for (let index = 0; index < flat.length; index += 2) {
    entries.push({ seq: Number(flat[index]), json: flat[index + 1]! });
  }
  return {
    epoch: epoch!,
    seq: Number(seq),
    first: Number(first),
    kind: kind as ReadPage['kind'],
    entries,
  };
}
