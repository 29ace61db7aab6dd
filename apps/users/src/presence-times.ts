/** The times that presence works with, in milliseconds. */
export interface PresenceTimes {
  /** How long a lease runs, by Redis's clock. */
  readonly leaseMs: number;
  /** When a gateway renews its lease, after the last renewal. */
  readonly renewAfterMs: number;
  /** Pause between two looks for leases that have run out. */
  readonly watchMs: number;
  /** Silence after which another replica goes on with a clean-up, by Redis's clock. */
  readonly claimMs: number;
}

/** Injection token of the {@link PresenceTimes}. */
export const PRESENCE_TIMES = Symbol('presence times');

/** Share of the promised time after which a lease has run out in Redis; the rest is for noticing it. */
const LEASE_SHARE = 0.95;
/**
 * Share of the promised time between two renewals: two may fail, for the third comes before the lease runs out, a little
 * early so that its end is noticed in time.
 */
const RENEWAL_SHARE = 0.3;
/** Share of the promised time between two looks for leases that have run out. */
const WATCH_SHARE = 1 / 30;
/** Silence after which another replica goes on with a clean-up: far longer than a batch takes. */
const CLAIM_MS = 5_000;

/**
 * The times that keep the promise "a gateway that dies takes its users offline within `leaseSeconds`": a lease of
 * 60 s is renewed every 18 s, runs out after 57 s and is looked for every 2 s.
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
