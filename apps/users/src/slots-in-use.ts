import { Inject, Injectable } from '@nestjs/common';
import type { RedisConnection } from '@parley/redis';
import { REDIS } from '@parley/service-kit';
import { UsersKeys } from './redis/keys.js';
import { readSlots, type SlotsRead } from './redis/read-slots.js';

/** Injection token of whether this replica takes presence to many slots, PRESENCE_SLOTS. */
export const GOES_TO_MANY = Symbol('goes to many');

/** How long an answer is used, and how long it is used while the next one is read, in milliseconds. */
const LOOK_EVERY_MS = 2_000;
const STALE_AFTER_MS = 10_000;
/**
 * From the decision until the many slots are used, and from then until the one slot may be left, in milliseconds: longer than an
 * answer is used, and than two renewals of a lease.
 */
export const SETTLES_MS = 45_000;

/** Which slots presence uses. */
export interface SlotsInUse {
  /** Where connections are noted. */
  readonly writes: 'one' | 'many';
  /** Whether the others are read too, and connections forgotten there: some may be noted there. */
  readonly both: boolean;
}

/**
 * Says which slots presence uses. All replicas follow what is noted in Redis: a replica that goes to many notes a moment that all
 * others know before it comes. Until then, and as long as connections are noted in the one slot, both are read.
 */
@Injectable()
export class SlotChoice {
  private known: SlotsInUse | undefined;
  private readAt = Number.NEGATIVE_INFINITY;
  private reading: Promise<SlotsInUse> | undefined;

  constructor(
    @Inject(REDIS) private readonly redis: RedisConnection,
    private readonly keys: UsersKeys,
    @Inject(GOES_TO_MANY) private readonly goesToMany: boolean,
  ) {}

  /** Rejects with Redis's error, while no answer is young enough. */
  async now(at = performance.now()): Promise<SlotsInUse> {
    const { known } = this;
    const age = at - this.readAt;
    if (known !== undefined && age < LOOK_EVERY_MS) return known;
    this.reading ??= this.read(at).finally(() => {
      this.reading = undefined;
    });
    // Those of many slots that are all that is used do not depend on the master of the one.
    const mayBeStale = known?.writes === 'many' && !known.both;
    if (known === undefined || (age >= STALE_AFTER_MS && !mayBeStale)) return this.reading;
    this.reading.catch(() => undefined);
    return known;
  }

  private async read(at: number): Promise<SlotsInUse> {
    const delayMs = this.goesToMany ? SETTLES_MS : 0;
    this.known = slotsInUse(await readSlots(this.redis, this.keys, { delayMs }));
    this.readAt = at;
    return this.known;
  }
}

/** What to use, by what is noted. */
export function slotsInUse({ manyForMs, inOne }: SlotsRead): SlotsInUse {
  if (manyForMs === undefined) return { writes: 'one', both: false };
  if (manyForMs < 0) return { writes: 'one', both: true };
  return { writes: 'many', both: inOne > 0 || manyForMs < SETTLES_MS };
}
