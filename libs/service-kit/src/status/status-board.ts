import { STATUS_KEPT_MS, STATUS_STALE_MS, type StatusRecord, statusKey } from '@parley/contracts';
import { REDIS_USERS, type RedisConnection } from '@parley/redis';

/** What the replicas of all services have reported. Only a gateway may read it. */
export class StatusBoard {
  private readonly keys: readonly string[];

  /** @param prefix the deployment's. */
  constructor(
    private readonly redis: RedisConnection,
    prefix: string,
  ) {
    this.keys = REDIS_USERS.map((service) => statusKey(prefix, service));
  }

  /**
   * The last report of each replica that runs, by service and by when it began. What replicas have left that ended without a word is
   * removed.
   * @throws Error what Redis answers.
   */
  async read(): Promise<StatusRecord[]> {
    const now = await redisTime(this.redis);
    const records = await Promise.all(this.keys.map((key) => this.readKey(key, now)));
    return records.flatMap((some) => some.sort((a, b) => a.startedAt - b.startedAt));
  }

  private async readKey(key: string, now: number): Promise<StatusRecord[]> {
    const stored = Object.entries(await this.redis.hgetall(key));
    const records = stored.map(([id, json]) => ({ id, record: recordIn(json) }));
    const ageOf = (record: StatusRecord | undefined) => now - (record?.at ?? 0);
    const left = records.filter(({ record }) => ageOf(record) > STATUS_KEPT_MS).map(({ id }) => id);
    if (left.length > 0) await this.redis.hdel(key, ...left);
    return records
      .map(({ record }) => record)
      .filter((record) => record !== undefined)
      .filter((record) => ageOf(record) <= STATUS_STALE_MS);
  }
}

/** Milliseconds of Redis's clock: those of hosts may differ. */
export async function redisTime(redis: RedisConnection): Promise<number> {
  const [seconds, microseconds] = await redis.time();
  return Number(seconds) * 1_000 + Math.floor(Number(microseconds) / 1_000);
}

/** A report of a version that writes it otherwise is none. */
function recordIn(json: string): StatusRecord | undefined {
  try {
    const record = JSON.parse(json) as StatusRecord;
    return typeof record.at === 'number' && typeof record.service === 'string' ? record : undefined;
  } catch {
    return undefined;
  }
}
