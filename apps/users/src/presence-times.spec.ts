import { describe, expect, it } from '@jest/globals';
import { LEASE_SECONDS } from '@parley/contracts';
import { presenceTimes } from './presence-times.js';

describe('presenceTimes', () => {
  it.each([1, LEASE_SECONDS, 3_600])('notices the end of a lease of %d s within it', (leaseSeconds) => {
    const { leaseMs, watchMs } = presenceTimes(leaseSeconds);
    expect(leaseMs + 1.25 * watchMs).toBeLessThan(leaseSeconds * 1_000);
  });

  it.each([1, LEASE_SECONDS, 3_600])(
    'leaves a gateway two renewals of a lease of %d s that may fail',
    (seconds) => {
      const { leaseMs, renewAfterMs } = presenceTimes(seconds);
      expect(leaseMs).toBeGreaterThan(3 * renewAfterMs);
    },
  );
});
