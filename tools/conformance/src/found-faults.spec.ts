import { describe, expect, it } from '@jest/globals';
import { FAULTY_DOUBLES } from './fixtures/faulty-doubles.js';
import { runSuite } from './run-suite.js';

/** A frame of a server in memory comes at once or never; the wait is what each found fault costs. */
const TIMEOUT_MS = 400;

const numbered = (numbers: readonly string[]) =>
  new RegExp(`^(${numbers.map((number) => number.replaceAll('.', '\\.')).join('|')}) `);

describe('the suite', () => {
  // Each waits most of its time, for a server of its own.
  it.concurrent.each(FAULTY_DOUBLES)(
    'finds a server that $fault',
    async ({ double, foundBy }) => {
      const server = new double();
      try {
        const urls = await server.start();
        const results = await runSuite({ urls, only: numbered(foundBy), timeoutMs: TIMEOUT_MS, parallel: 8 });
        const failed = results.filter(({ outcome }) => outcome !== 'passed');
        expect(failed.map(({ number }) => number).sort()).toEqual([...foundBy].sort());
        for (const { outcome, reason } of results)
          expect([outcome, reason]).toEqual(['failed', expect.any(String)]);
      } finally {
        await server.stop();
      }
    },
    30_000,
  );
});
