import { describe, expect, it } from '@jest/globals';
import { ChatDouble } from './fixtures/chat-double.js';
import { type CheckResult, runSuite } from './run-suite.js';

const failed = (results: readonly CheckResult[]) => results.filter(({ outcome }) => outcome !== 'passed');

/** Those of groups and tokens, which the server in memory does not know: they are tried on the real one. */
const UNKNOWN = /^3\.2[2-6]\./;

describe('the suite', () => {
  it('passes on a server that keeps the protocol, and reports each result in order', async () => {
    const double = new ChatDouble();
    // On a busy machine a client comes back later.
    double.graceMs = 2_000;
    const urls = await double.start();
    try {
      const told: CheckResult[] = [];
      const results = await runSuite({ urls, parallel: 8, onResult: (result) => told.push(result) });
      const others = failed(results).filter(({ number }) => !UNKNOWN.test(number));
      expect(others).toEqual([]);
      expect(new Set(failed(results).map(({ outcome }) => outcome))).toEqual(new Set(['not applicable']));
      expect(results.length).toBeGreaterThan(240);
      expect(told).toEqual(results);
      expect(new Set(results.map(({ number }) => number)).size).toBe(results.length);
    } finally {
      await double.stop();
    }
  }, 300_000);
});
