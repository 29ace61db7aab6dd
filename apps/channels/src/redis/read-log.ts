import type { LogHead, LogId, ReaderEpoch } from '@parley/contracts';
import { type RedisConnection, Script } from '@parley/redis';
import type { ChannelKeys } from './keys.js';
import { askedEpoch, type HeadReply, headOf } from './log-state.js';
import source from './read-log.lua.js';

const script = new Script(source);

/** Which entries of a log. */
export interface ReadLog {
  readonly log: LogId;
  /** The epoch that the reader counts in. */
  readonly epoch: ReaderEpoch;
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
export interface ReadPage extends LogHead {
  readonly entries: readonly { readonly seq: number; readonly json: string }[];
}

/** Reads a page and the head. A log that does not exist is empty. Rejects with Redis's error. */
export async function readLog(
  redis: RedisConnection,
  keys: ChannelKeys,
  { log, epoch: asked, after, upTo, most, bytes }: ReadLog,
): Promise<ReadPage> {
  const reply = await script.run(
    redis,
    [keys.meta(log), keys.log(log)],
    [askedEpoch(asked), after, upTo ?? '', most, bytes],
  );
  const [epoch, seq, first, from, common, ...flat] = reply as [...HeadReply, ...string[]];
  const entries: { seq: number; json: string }[] = [];
  for (let index = 0; index < flat.length; index += 2) {
    entries.push({ seq: Number(flat[index]), json: flat[index + 1]! });
  }
  return { ...headOf([epoch, seq, first, from, common]), entries };
}
