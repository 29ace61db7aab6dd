import { Inject, Injectable } from '@nestjs/common';
import type { RedisConnection } from '@parley/redis';
import { REDIS } from '@parley/service-kit';
import { giveAllowanceBack } from '../redis/give-allowance-back.js';
import { AuthKeys } from '../redis/keys.js';
import { takeAllowance } from '../redis/take-allowance.js';
import type { Allowance, AllowanceStore } from './allowance-store.js';

/** The {@link AllowanceStore} in Redis: one key per subject, whose remaining life is what the subject has used. */
@Injectable()
export class AllowanceRepository implements AllowanceStore {
  constructor(
    @Inject(REDIS) private readonly redis: RedisConnection,
    private readonly keys: AuthKeys,
  ) {}

  take({ subject, burst, paceMs }: Allowance): Promise<number> {
    return takeAllowance(this.redis, this.keys, { subject, takeMs: paceMs, mostMs: burst * paceMs });
  }

  giveBack({ subject, paceMs }: Allowance): Promise<void> {
    return giveAllowanceBack(this.redis, this.keys, { subject, takenMs: paceMs });
  }

  async spend(subject: string, ms: number, mostMs: number): Promise<void> {
    await takeAllowance(this.redis, this.keys, { subject, takeMs: Math.ceil(ms), mostMs });
  }

  async spent(subject: string): Promise<number> {
    return Math.max(0, await this.redis.pttl(this.keys.used(subject)));
  }
}
