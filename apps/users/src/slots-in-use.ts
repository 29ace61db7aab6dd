import type { RedisConnection } from '@parley/redis';
import type { UsersKeys } from './redis/keys.js';
import { readManyFor } from './redis/read-many-for.js';

/** Injection tokens of the {@link SlotChoice} of presence, and of that of the directory. */
export const PRESENCE_CHOICE = Symbol('presence choice');
export const DIRECTORY_CHOICE = Symbol('directory choice');

/** How long an answer is used, and how long it is used while the next one is read, in milliseconds. */
const LOOK_EVERY_MS = 2_000;
const STALE_AFTER_MS = 10_000;
/**
 * From the decision until the many slots are used, and from then until the one slot may be left, in milliseconds: longer than an
 * answer is used, and than two renewals of a lease.
 */
export const SETTLES_MS = 45_000;

/** Which slots presence or the directory uses. */
export interface SlotsInUse {
  /** Where what is new is noted. */
  readonly writes: 'one' | 'many';
  /** Whether the others are read too, and things forgotten there: some may be noted there. */
  readonly both: boolean;
}

/** What goes from one slot to many. */
export interface OneSlot {
  /** The key that says when the many slots are used from. */
  readonly manyFrom: string;
  /** Returns how much there is that is only in the one slot. Rejects with Redis's error. */
  left(): Promise<number>;
}

/** Presence, as long as it is in one slot. */
export const presenceInOne = (redis: RedisConnection, keys: UsersKeys): OneSlot => ({
  manyFrom: keys.manyFrom(),
  left: () => redis.hlen(keys.presence.online()),
});

/** The directory, as long as not everyone is copied to many slots. */
export const directoryInOne = (redis: RedisConnection, { directory }: UsersKeys): OneSlot => ({
  manyFrom: directory.manyFrom(),
  left: async () => ((await redis.hexists(directory.copying(), 'all')) ? 0 : redis.zcard(directory.order())),
});

/**
 * Says which slots are used. All replicas follow what is noted in Redis: a replica that goes to many notes a moment that all
 * others know before it comes. Until then, and as long as anything is only in the one slot, both are read.
 */
export class SlotChoice {
  private known: SlotsInUse | undefined;
  private readAt = Number.NEGATIVE_INFINITY;
  private reading: Promise<SlotsInUse> | undefined;

  /** @param goesToMany whether this replica notes the moment, USERS_SLOTS. */
  constructor(
    private readonly redis: RedisConnection,
    private readonly one: OneSlot,
    private readonly goesToMany: boolean,
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
    const manyForMs = await readManyFor(this.redis, this.one.manyFrom, { delayMs });
    this.known = slotsInUse(manyForMs, manyForMs === undefined ? 0 : await this.one.left());
    this.readAt = at;
    return this.known;
  }
}

/** What to use, by what is noted, and by how much is only in the one slot. */
export function slotsInUse(manyForMs: number | undefined, left: number): SlotsInUse {
  if (manyForMs === undefined) return { writes: 'one', both: false };
  if (manyForMs < 0) return { writes: 'one', both: true };
  return { writes: 'many', both: left > 0 || manyForMs < SETTLES_MS };
}
