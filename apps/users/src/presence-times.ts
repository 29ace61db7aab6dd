/** The times that presence works with, in milliseconds. */
export interface PresenceTimes {
  /** How long a lease runs, by Redis's clock. */
  readonly leaseMs: number;
  /** When a gateway renews its lease, after the last renewal. */
  readonly renewAfterMs: number;
  /** Pause between two looks for leases that have run out. */
  readonly watchMs: number;
  /** Silence after which another replica takes over a clean-up, by Redis's clock. */
  readonly claimMs: number;
}

/** Injection token of the {@link PresenceTimes}. */
export const PRESENCE_TIMES = Symbol('presence times');

/** The share of the promised time that a lease runs in Redis; the rest is for noticing its end. */
const LEASE_SHARE = 0.95;
/**
 * The share of the promised time between two renewals. Two may fail, because the third comes before the lease runs out.
 */
const RENEWAL_SHARE = 0.3;
/** The share of the promised time between two looks for leases that have run out. */
const WATCH_SHARE = 1 / 30;
/** Silence after which another replica takes over a clean-up, in milliseconds: far longer than a batch takes. */
const CLAIM_MS = 5_000;

/**
 * Returns the times that keep the promise "the users of a dead gateway go offline within `leaseSeconds`". With 60 s, a
 * gateway renews every 18 s, a lease runs out after 57 s, and each replica looks for ended leases every 2 s.
 */
export function presenceTimes(leaseSeconds: number): PresenceTimes {
  const promisedMs = leaseSeconds * 1_000;
  return {
    leaseMs: promisedMs * LEASE_SHARE,
    renewAfterMs: promisedMs * RENEWAL_SHARE,
    watchMs: promisedMs * WATCH_SHARE,
    claimMs: CLAIM_MS,
  };
}
