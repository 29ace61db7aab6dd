import type { LogId } from '@parley/contracts';
import { type RedisConnection, Script } from '@parley/redis';
import type { ChannelKeys } from './keys.js';
import source from './rewrite-log.lua.js';

const script = new Script(source);

/** Entries that are copied in one step: about 1 ms of Redis's time with the longest texts. */
const COPIED_AT_ONCE = 32;

/** A step of rewriting a log. */
export interface RewriteLog {
  readonly log: LogId;
  /** Names this rewriting. The one that began last goes on. */
  readonly run: string;
  /** Seq of the last entry that is copied; 0 to begin. */
  readonly after: number;
  readonly kind: 'message' | 'change' | 'inboxItem';
  /** The user whose messages or changes, or the channel whose items are replaced. */
  readonly whose: string;
}

/**
 * Copies the next entries of a log without what is to go; the last step puts the copy in the log's place. Returns the Seq to go
 * on after, `done`, or `ended` where another rewriting of the log has begun. Works when Redis is full, too: the log is there
 * twice meanwhile. Rejects with Redis's error.
 */
export async function rewriteLog(
  redis: RedisConnection,
  keys: ChannelKeys,
  { log, run, after, kind, whose }: RewriteLog,
): Promise<number | 'done' | 'ended'> {
  const place = (await script.run(
    redis,
    [keys.meta(log), kind === 'change' ? keys.changes(log) : keys.log(log), keys.logCopy(log)],
    [run, after, COPIED_AT_ONCE, kind, whose, new Date().toISOString()],
  )) as number;
  if (place === -1) return 'done';
  return place === -2 ? 'ended' : place;
}
