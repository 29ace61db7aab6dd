import type { LogId } from '@parley/contracts';
import { type RedisConnection, Script } from '@parley/redis';
import type { ChannelKeys } from './keys.js';
import source from './purge-log.lua.js';
import type { Memory } from './retention.js';

const script = new Script(source);

const MEMORIES: readonly Memory[] = ['posted', 'handled'];
/** Shards of a memory that are deleted at once at most, each of about 1,024 records. */
const SHARDS_AT_ONCE = 64;

/** Changed messages whose states are deleted at once at most. */
const STATES_AT_ONCE = 64;

/** The log to forget, with its other keys besides those of every log. */
export interface PurgeLog {
  readonly log: LogId;
  readonly others?: readonly string[];
}

/**
 * Forgets a log and its memories, in steps: the shards first, because only meta tells which there are, and those that were made
 * meanwhile last. May be repeated after a crash. Rejects with Redis's error.
 */
export async function purgeLog(
  redis: RedisConnection,
  keys: ChannelKeys,
  { log, others = [] }: PurgeLog,
): Promise<void> {
  await forgetShards(
    redis,
    keys,
    log,
    await redis.hmget(keys.meta(log), ...MEMORIES.map((each) => `${each}In`)),
  );
  await forgetStates(redis, keys, log);
  const ofVersionBefore = MEMORIES.flatMap((memory) => keys.memory(log, memory));
  const ofChanges = [keys.changes(log), keys.gone(log), keys.changed(log), keys.reads(log)];
  const rest = [
    keys.log(log),
    ...ofChanges,
    keys.logCopy(log),
    keys.lineage(log),
    ...ofVersionBefore,
    ...others,
  ];
  const generations = (await script.run(redis, [keys.meta(log), ...rest], [])) as (string | null)[];
  await forgetShards(redis, keys, log, generations);
}

/** Forgets what has changed of single messages. One that changes meanwhile is found by the next round. */
async function forgetStates(redis: RedisConnection, keys: ChannelKeys, log: LogId): Promise<void> {
  for (;;) {
    const seqs = await redis.zrange(keys.changed(log), '0', String(STATES_AT_ONCE - 1));
    if (seqs.length === 0) return;
    await redis.unlink(...seqs.map((seq) => keys.messageState(log, seq)));
    await redis.zrem(keys.changed(log), ...seqs);
  }
}

async function forgetShards(
  redis: RedisConnection,
  keys: ChannelKeys,
  log: LogId,
  generations: readonly (string | null)[],
): Promise<void> {
  const shards = MEMORIES.flatMap((memory, at) =>
    shardsOf(keys.memory(log, memory)[0], generations[at] ?? ''),
  );
  for (let at = 0; at < shards.length; at += SHARDS_AT_ONCE)
    await redis.unlink(...shards.slice(at, at + SHARDS_AT_ONCE));
}

/** The keys of a memory's generations: "<ends> <digits>" each, as memory.lua writes them. */
function shardsOf(name: string, generations: string): string[] {
  return [...generations.matchAll(/(\d+) (\d+)/g)].flatMap(([, ends, digits]) =>
    Array.from({ length: 8 ** Number(digits) }, (_, shard) => `${name}:${ends}:${shard}`),
  );
}
