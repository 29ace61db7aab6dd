import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { AuthContract } from '@parley/contracts';
import type { ServiceClient } from '@parley/service-kit';
import { testRedis } from '@parley/testing';
import { RunningAuth } from './fixtures/running-auth.js';

jest.setTimeout(600_000);

const PAIRS = 40;
/** So many follow at most while the quickest of each are too far apart: what else runs on the machine only adds. */
const MORE_PAIRS = 360;
/** How far apart the quickest of each may be. A missing hashing would be 100 %, however many pairs. */
const TOLERANCE = 0.2;

describe('a server that creates no accounts at sign-in', () => {
  let running: RunningAuth;
  let auth: ServiceClient<AuthContract>;
  beforeAll(async () => {
    running = new RunningAuth(testRedis());
    await running.users();
    await running.replica({
      AUTO_SIGNUP: 'false',
      ARGON2_MEMORY_KIB: '19456',
      ARGON2_ITERATIONS: '2',
      SIGN_IN_FAILURES_PER_PAIR: '1000',
      SIGN_IN_FAILURES_PER_USERNAME: '1000',
      SIGN_IN_FAILURES_PER_ADDRESS: '1000',
    });
    auth = running.client();
  });
  afterAll(() => running.stop());

  const ask = (type: 'signUp' | 'signIn', username: string, password: string, address: string) =>
    running.ask(auth, type, { username, password, address });

  it('takes as long for an unknown username as for a wrong password', async () => {
    await ask('signUp', 'Ada', 'secret', '192.0.2.7');
    const times: Record<string, number[]> = { Ada: [], Nobody: [] };
    const quickest = (username: string) => Math.min(...times[username]!);
    const apart = () => Math.abs(quickest('Ada') - quickest('Nobody')) / quickest('Ada');
    for (let pair = 0; pair < PAIRS || (pair < PAIRS + MORE_PAIRS && apart() >= TOLERANCE); pair += 1) {
      for (const username of ['Ada', 'Nobody']) {
        const start = performance.now();
        const guess = ask('signIn', username, 'guess', '198.51.100.1');
        await expect(guess).rejects.toMatchObject({ name: 'WRONG_PASSWORD' });
        times[username]!.push(performance.now() - start);
      }
    }
    process.stdout.write(`${JSON.stringify({ knownMs: quickest('Ada'), unknownMs: quickest('Nobody') })}\n`);
    expect(apart()).toBeLessThan(TOLERANCE);
  });
});
