import type { RedisConnection } from '@parley/redis';
import { Gauge } from 'prom-client';

const connections = new Set<RedisConnection>();

/** From now on each scrape measures the round trip to Redis over this connection, after the commands that wait on it. */
export function observeRedis(redis: RedisConnection): void {
  connections.add(redis);
}

new Gauge({
  name: 'redis_round_trip_seconds',
  help: 'Time that a PING to Redis took at this scrape; absent while Redis does not answer.',
  async collect() {
    this.remove();
    const times = await Promise.all(
      [...connections].filter(({ status }) => status === 'ready').map(roundTrip),
    );
    const answered = times.filter((time) => time !== undefined);
    if (answered.length > 0) this.set(Math.max(...answered));
  },
});

/** @returns seconds, or undefined if Redis did not answer: readiness reports that. */
async function roundTrip(redis: RedisConnection): Promise<number | undefined> {
  const started = performance.now();
  return redis.ping().then(
    () => (performance.now() - started) / 1_000,
    () => undefined,
  );
}
