import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { mastersOf, type RedisConnection } from '@parley/redis';
import { REDIS } from '@parley/service-kit';
import { redisMemory } from '../metrics.js';

/** Injection token of the share of Redis's memory past which it is nearly full, from 0 to 1. */
export const HIGH_WATER_MARK = Symbol('high-water mark');

/** How often Redis is asked, in milliseconds. */
export const WATCHED_EVERY_MS = 1_000;

/** Watches how full Redis is; on a Cluster, the fullest of its masters. Without `maxmemory` it is never full. */
@Injectable()
export class MemoryWatch implements OnApplicationBootstrap, OnApplicationShutdown {
  private timer: NodeJS.Timeout | undefined;
  private isAsking = false;
  private used = 0;

  constructor(
    @Inject(REDIS) private readonly redis: RedisConnection,
    @Inject(HIGH_WATER_MARK) private readonly mark: number,
  ) {}

  /** Whether so much is used that the rest is kept for those who write little. */
  get isNearlyFull(): boolean {
    return this.used > this.mark;
  }

  onApplicationBootstrap(): void {
    void this.look();
    this.timer = setInterval(() => void this.look(), WATCHED_EVERY_MS).unref();
  }

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  /** Asks Redis once. While it does not answer, what it said last stands. */
  async look(): Promise<void> {
    if (this.isAsking) return;
    this.isAsking = true;
    try {
      const infos = await Promise.all(mastersOf(this.redis).map((master) => master.info('memory')));
      this.note(infos.map(usedShare).filter((share) => share !== undefined));
    } catch {
      // Every request reports that Redis is away; `redis_round_trip_seconds` is absent meanwhile.
    }
    this.isAsking = false;
  }

  private note(shares: readonly number[]): void {
    this.used = Math.max(0, ...shares);
    if (shares.length === 0) redisMemory.remove();
    else redisMemory.set(this.used);
  }
}

/**
 * The share of `maxmemory` that counts when Redis decides whether it is full (`getMaxmemoryState` of its evict.c leaves out the
 * buffers of replicas and of the append-only file); `undefined` without `maxmemory`.
 */
export function usedShare(info: string): number | undefined {
  const field = (name: string): number => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1] ?? 0);
  const most = field('maxmemory');
  return most === 0 ? undefined : (field('used_memory') - field('mem_not_counted_for_evict')) / most;
}
