import type { LogHead } from '@parley/contracts';
import { type RedisConnection, Script } from '@parley/redis';

const script = new Script(import.meta.url, 'read-log.lua');

/** What {@link readLog} takes; the script's header says what each entry is. */
export interface ReadLog {
  readonly keys: { readonly meta: string; readonly log: string };
  readonly fresh: string;
  readonly after: number;
  readonly upTo: number | undefined;
  readonly most: number;
  readonly bytes: number;
}

/** A log as it was at the moment of reading. */
export interface ReadPage extends LogHead {
  readonly kind: 'general' | 'private' | 'inbox';
  readonly entries: readonly { readonly seq: number; readonly json: string }[];
}

/** Reads a page and the head; `undefined` when there is no such log. STORAGE_FULL surfaces as Redis's error. */
export async function readLog(
  redis: RedisConnection,
  { keys, fresh, after, upTo, most, bytes }: ReadLog,
): Promise<ReadPage | undefined> {
  const reply = await script.run(redis, [keys.meta, keys.log], [fresh, after, upTo ?? '', most, bytes]);
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
