import { setTimeout as delay } from 'node:timers/promises';
import { TestClient } from '@parley/testing';
import { PARLEY_SIGN_IN } from '../contestants/contestants.js';
import { openCrowd, p50, p99 } from '../measuring/load.js';
import { type Figures, inRounds } from '../measuring/rounds.js';
import { tableOfMedians } from '../report/table.js';
import { type Benchmark, entryOf, type Started, withContestants } from './benchmark.js';

const CONNECTIONS = 200;
const SENDERS = 50;
const RATE = 50;
const WARM_UP_MS = 2_000;

/** Sign-ins of new users per second, by password. */
const RATES = [0, 5, 10];

/** Signs new users in by password at a steady rate until aborted. Resolves with how many. */
async function signIns(url: string, perSecond: number, signal: AbortSignal): Promise<number> {
  const client = await TestClient.connect(url);
  let count = 0;
  try {
    while (perSecond > 0 && !signal.aborted) {
      const next = delay(1_000 / perSecond);
      const username = `visitor-${perSecond}-${performance.now()}`;
      const answer = await client.ask({ type: 'signIn', signIn: { username, password: 'open sesame' } });
      if (answer.type !== 'authorized') throw new Error(JSON.stringify(answer));
      count += 1;
      client.frames.length = 0;
      await next;
    }
    return count;
  } finally {
    await client.close();
  }
}

async function measure({ running }: Started, perSecond: number, seconds: number): Promise<Figures> {
  const generator = await openCrowd(running, { connections: CONNECTIONS, senders: SENDERS });
  const over = new AbortController();
  const signingIn = signIns(running.urls[0]!, perSecond, over.signal);
  try {
    const result = await generator.run({ rate: RATE, warmupMs: WARM_UP_MS, durationMs: seconds * 1_000 });
    over.abort();
    return {
      signIns: (await signingIn) / (seconds + WARM_UP_MS / 1_000),
      p50Ms: p50(result),
      p99Ms: p99(result),
    };
  } finally {
    over.abort();
    await generator.close();
  }
}

/** What connected users notice while others sign in by password, hashed as in production. */
export const signIn: Benchmark = {
  name: 'sign-in',
  question: 'What do connected users notice of password hashing?',
  defaults: { rounds: 3, seconds: 8 },
  measure: (options) =>
    withContestants([PARLEY_SIGN_IN], options, CONNECTIONS, (started) =>
      inRounds(
        started.flatMap((each) =>
          RATES.map((perSecond) =>
            entryOf(
              each,
              () => measure(each, perSecond, options.seconds),
              perSecond === 0 ? 'nobody signs in' : `${perSecond} sign-ins/s`,
            ),
          ),
        ),
        options.rounds,
      ),
    ),
  section: (measured) =>
    tableOfMedians(measured, [
      { title: 'sign-ins/s', value: 'signIns', digits: 1 },
      { title: 'p50 ms', value: 'p50Ms', digits: 1 },
      { title: 'p99 ms', value: 'p99Ms', digits: 1 },
    ]),
};
