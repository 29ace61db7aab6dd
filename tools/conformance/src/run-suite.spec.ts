import { afterEach, describe, expect, it } from '@jest/globals';
import { ChatDouble } from './fixtures/chat-double.js';
import { FAULTY_DOUBLES } from './fixtures/faulty-doubles.js';
import { type CheckResult, runSuite } from './run-suite.js';

/** A frame of a server in memory comes at once or never; the wait is what each found fault costs. */
const TIMEOUT_MS = 400;

const numbered = (numbers: readonly string[]) =>
  new RegExp(`^(${numbers.map((number) => number.replaceAll('.', '\\.')).join('|')}) `);

const failed = (results: readonly CheckResult[]) => results.filter(({ outcome }) => outcome !== 'passed');

/** Those of groups and tokens, which the server in memory does not know: they are tried on the real one. */
const UNKNOWN = /^3\.2[2-6]\./;

describe('the suite', () => {
  let server: ChatDouble;

  const start = (double: ChatDouble): Promise<string[]> => {
    server = double;
    return server.start();
  };

  afterEach(() => server.stop());

  it('passes on a server that keeps the protocol, and reports each result in order', async () => {
    const double = new ChatDouble();
    // On a busy machine a client comes back later.
    double.graceMs = 2_000;
    const urls = await start(double);
    const told: CheckResult[] = [];
    const results = await runSuite({ urls, parallel: 8, onResult: (result) => told.push(result) });
    const others = failed(results).filter(({ number }) => !UNKNOWN.test(number));
    expect(others).toEqual([]);
    expect(new Set(failed(results).map(({ outcome }) => outcome))).toEqual(new Set(['not applicable']));
    expect(results.length).toBeGreaterThan(240);
    expect(told).toEqual(results);
    expect(new Set(results.map(({ number }) => number)).size).toBe(results.length);
  }, 300_000);

  it.each(FAULTY_DOUBLES)(
    'finds a server that $fault',
    async ({ double, foundBy }) => {
      const urls = await start(new double());
      const results = await runSuite({ urls, only: numbered(foundBy), timeoutMs: TIMEOUT_MS, parallel: 8 });
      expect(
        failed(results)
          .map(({ number }) => number)
          .sort(),
      ).toEqual([...foundBy].sort());
      for (const { outcome, reason } of results)
        expect([outcome, reason]).toEqual(['failed', expect.any(String)]);
    },
    30_000,
  );
});
