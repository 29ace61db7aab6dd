import { mastersOf, type RedisConnection } from '@parley/redis';
import { Counter, Gauge } from 'prom-client';
import { PERSISTENCE_STEPS, type RedisState, stateIn, worstOf } from './redis-state.js';
import { within } from './within.js';

/** How long a scrape waits for Redis, in milliseconds. A Redis that hangs must not take the other metrics with it. */
const SCRAPE_WAIT_MS = 2_000;

const connections = new Set<RedisConnection>();

/**
 * From now on each scrape measures the round trip to Redis over this connection, after the commands that wait on it, and
 * asks how Redis keeps its data.
 */
export function observeRedis(redis: RedisConnection): void {
  connections.add(redis);
}

const readyOnes = (): RedisConnection[] => [...connections].filter(({ status }) => status === 'ready');

/** What Redis answers in time; undefined if it does not: readiness reports that. */
const soon = <T>(answer: Promise<T>): Promise<T | undefined> =>
  within(SCRAPE_WAIT_MS, answer).catch(() => undefined);

new Gauge({
  name: 'redis_round_trip_seconds',
  help: 'Time that a PING to Redis took at this scrape; absent while Redis does not answer.',
  async collect() {
    this.remove();
    const times = await Promise.all(readyOnes().map((redis) => soon(roundTrip(redis))));
    const answered = times.filter((time) => time !== undefined);
    if (answered.length > 0) this.set(Math.max(...answered));
  },
});

/** @returns seconds. */
async function roundTrip(redis: RedisConnection): Promise<number> {
  const started = performance.now();
  await redis.ping();
  return (performance.now() - started) / 1_000;
}

let reading: Promise<RedisState | undefined> | undefined;

/** All metrics of one scrape share an answer; undefined while Redis does not give one. */
function currentState(): Promise<RedisState | undefined> {
  reading ??= readState().finally(() => {
    reading = undefined;
  });
  return reading;
}

/** Of the masters that answer: those of a Cluster that are away must not hide what the others say. */
async function readState(): Promise<RedisState | undefined> {
  const masters = readyOnes().flatMap(mastersOf);
  // Several sections at once: since Redis 7.0.
  const infos = await Promise.all(masters.map((master) => soon(master.info('persistence', 'replication'))));
  return worstOf(infos.filter((info) => info !== undefined).map(stateIn));
}

new Gauge({
  name: 'redis_aof_enabled',
  help: 'Whether Redis keeps an append-only file: 1 or, if any master of a Cluster keeps none, 0.',
  async collect() {
    this.remove();
    const state = await currentState();
    if (state !== undefined) this.set(Number(state.hasFile));
  },
});

new Gauge({
  name: 'redis_persistence_failed',
  help: 'Whether Redis failed when it last did this on any master: 1 or 0. write: to the append-only file; rewrite: of that file; snapshot.',
  labelNames: ['step'],
  async collect() {
    this.reset();
    const state = await currentState();
    if (state === undefined) return;
    for (const step of PERSISTENCE_STEPS) this.set({ step }, Number(state.failed[step]));
  },
});

new Counter({
  name: 'redis_aof_delayed_syncs_total',
  help: 'Times that the disk was still busy with the append-only file after 2 s, so that Redis waited for it, on the slowest master.',
  async collect() {
    const state = await currentState();
    // Otherwise the last number stays: 0 would look like a restart, and the next number like a leap.
    if (state === undefined) return;
    this.reset();
    this.inc(state.delayedSyncs);
  },
});

new Gauge({
  name: 'redis_replicas',
  help: 'Replicas that are connected and have their copy, of the master with the fewest.',
  async collect() {
    this.remove();
    const state = await currentState();
    if (state !== undefined) this.set(state.replicas);
  },
});

new Gauge({
  name: 'redis_good_replicas',
  help: 'Replicas that have answered within min-replicas-max-lag, of the master with the fewest: below min-replicas-to-write it refuses writes; absent without these settings.',
  async collect() {
    this.remove();
    const good = (await currentState())?.goodReplicas;
    if (good !== undefined) this.set(good);
  },
});

new Gauge({
  name: 'redis_replica_lag_bytes',
  help: 'What the replica furthest back has not confirmed; 0 without replicas.',
  async collect() {
    this.remove();
    const state = await currentState();
    if (state !== undefined) this.set(state.lagBytes);
  },
});
