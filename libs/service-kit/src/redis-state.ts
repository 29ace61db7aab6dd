/** What can fail while Redis writes to its disk: the append-only file, its rewriting, or a snapshot. */
export const PERSISTENCE_STEPS = ['write', 'rewrite', 'snapshot'] as const;
type PersistenceStep = (typeof PERSISTENCE_STEPS)[number];

/** What one master says in `INFO` about what would survive its end. */
export interface RedisState {
  /** Whether it keeps an append-only file. */
  readonly hasFile: boolean;
  /** Whether each step failed when it was last done. */
  readonly failed: Readonly<Record<PersistenceStep, boolean>>;
  /** How often a write had to wait for the disk since the server began. */
  readonly delayedSyncs: number;
  /** Replicas that are connected and have their copy. */
  readonly replicas: number;
  /** Those that `min-replicas-max-lag` counts; undefined without `min-replicas-to-write`. */
  readonly goodReplicas: number | undefined;
  /** Bytes that the replica furthest back has not confirmed; 0 without replicas. */
  readonly lagBytes: number;
}

/** The worst of all masters, so that one number stands for a Cluster. */
export function worstOf(states: readonly RedisState[]): RedisState | undefined {
  return states.length === 0 ? undefined : states.reduce(worse);
}

function worse(one: RedisState, other: RedisState): RedisState {
  const failed = PERSISTENCE_STEPS.map((step) => [step, one.failed[step] || other.failed[step]]);
  const good = [one.goodReplicas, other.goodReplicas].filter((count) => count !== undefined);
  return {
    hasFile: one.hasFile && other.hasFile,
    failed: Object.fromEntries(failed) as RedisState['failed'],
    delayedSyncs: Math.max(one.delayedSyncs, other.delayedSyncs),
    replicas: Math.min(one.replicas, other.replicas),
    goodReplicas: good.length === 0 ? undefined : Math.min(...good),
    lagBytes: Math.max(one.lagBytes, other.lagBytes),
  };
}

/** Reads the sections `persistence` and `replication` of `INFO`. */
export function stateIn(info: string): RedisState {
  const field = (name: string): string | undefined =>
    new RegExp(`^${name}:([^\\r\\n]*)`, 'm').exec(info)?.[1];
  const isBad = (name: string): boolean => (field(name) ?? 'ok') !== 'ok';
  // slave0:ip=127.0.0.1,port=6380,state=online,offset=14,lag=0
  const online = [...info.matchAll(/^slave\d+:.*\bstate=online,offset=(\d+)/gm)];
  const offsets = online.map(([, offset]) => Number(offset));
  const end = Number(field('master_repl_offset') ?? 0);
  const good = field('min_slaves_good_slaves');
  return {
    hasFile: field('aof_enabled') === '1',
    failed: {
      write: isBad('aof_last_write_status'),
      rewrite: isBad('aof_last_bgrewrite_status'),
      snapshot: isBad('rdb_last_bgsave_status'),
    },
    delayedSyncs: Number(field('aof_delayed_fsync') ?? 0),
    replicas: offsets.length,
    goodReplicas: good === undefined ? undefined : Number(good),
    lagBytes: Math.max(0, ...offsets.map((offset) => end - offset)),
  };
}
