import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { TestClient } from '@parley/testing';
import { parley } from '../contestants/parley-contestant.js';
import { openCrowd, p50, p99 } from '../measuring/load.js';
import { type Figures, inRounds } from '../measuring/rounds.js';
import { tableOfMedians } from '../report/table.js';
import { type Benchmark, entryOf, type Started, withContestants } from './benchmark.js';

const CONNECTIONS = 200;
const SENDERS = 50;
/** Messages per second into the channel without a hook. */
const RATE = 50;
const WARM_UP_MS = 2_000;
/** Users who post into a group with a hook meanwhile, and how often each does, per second. */
const POSTERS = 20;
const POSTS_PER_SECOND = 5;

type Mood = 'allows' | 'hangs' | 'answers 500' | 'answers a megabyte';
const MOODS: readonly Mood[] = ['allows', 'hangs', 'answers 500', 'answers a megabyte'];
const NO_HOOK = 'parley';
const MEGABYTE = JSON.stringify({ action: 'allow', more: 'a'.repeat(1_048_576) });

/** The endpoint of a hook, which behaves as it is told. */
class Hook {
  mood: Mood = 'allows';
  private readonly server = createServer((request, response) => {
    request.resume().once('end', () => this.answer(response));
  });

  async open(): Promise<string> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/hook`;
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }

  private answer(response: ServerResponse): void {
    if (this.mood === 'hangs') return;
    const status = this.mood === 'answers 500' ? 500 : 200;
    response.writeHead(status, { 'content-type': 'application/json' });
    response.end(this.mood === 'answers a megabyte' ? MEGABYTE : '{"action":"allow"}');
  }
}

/** Posts into a group of its own until aborted, whatever becomes of the posts. Resolves with how many were taken. */
async function postInGroup(url: string, name: string, signal: AbortSignal): Promise<number> {
  const client = await TestClient.connect(url);
  let taken = 0;
  try {
    await client.ask({ type: 'signIn', signIn: { username: name, password: 'open sesame' } });
    const made = await client.ask({ type: 'channelCreate', channelCreate: { name, private: true } });
    const channelUUID = made.channelCreate?.channel?.channelUUID;
    if (typeof channelUUID !== 'string') throw new Error(JSON.stringify(made));
    while (!signal.aborted) {
      const next = delay(1_000 / POSTS_PER_SECOND);
      const channelMessage = { channelUUID, message: 'a message that a hook is asked about' };
      const answer = await client.ask({ type: 'channelMessage', channelMessage });
      if (answer.type === 'ack') taken += 1;
      client.frames.length = 0;
      await next;
    }
    return taken;
  } finally {
    await client.close();
  }
}

async function measure({ running }: Started, situation: string, seconds: number): Promise<Figures> {
  const over = new AbortController();
  const posting = Array.from({ length: POSTERS }, (_, n) =>
    postInGroup(running.urls[n % 2]!, `${situation} ${n} ${Math.round(performance.now())}`, over.signal),
  );
  const generator = await openCrowd(running, { connections: CONNECTIONS, senders: SENDERS });
  try {
    const result = await generator.run({ rate: RATE, warmupMs: WARM_UP_MS, durationMs: seconds * 1_000 });
    over.abort();
    const taken = (await Promise.all(posting)).reduce((sum, count) => sum + count, 0);
    return { hooked: taken, p50Ms: p50(result), p99Ms: p99(result) };
  } finally {
    over.abort();
    await Promise.allSettled(posting);
    await generator.close();
  }
}

/** What a channel without a hook notices while others post into groups whose hook behaves badly. */
export const hooks: Benchmark = {
  name: 'hooks',
  question: 'What does a channel without a hook notice of a hook that hangs or fails?',
  defaults: { rounds: 3, seconds: 15 },
  async measure(options) {
    const hook = new Hook();
    // Each refused post is a warning: to print them here would disturb the clients that are measured.
    const quiet = { LOG_LEVEL: 'error' };
    const settings = {
      ...quiet,
      HOOK_BEFORE_SEND_URL: await hook.open(),
      HOOK_CHANNELS: 'group',
      HOOK_KEYS: `bench:whsec_${Buffer.alloc(32, 1).toString('base64')}`,
      HOOK_PRIVATE_ADDRESSES: 'allow',
    };
    const contestants = [
      parley({ id: NO_HOOK, label: 'Parley', settings: quiet }),
      parley({ id: 'parley-hook', label: 'Parley, groups with a hook', settings }),
    ];
    const measuring = async (started: Started, mood: Mood) => {
      hook.mood = mood;
      return measure(started, mood, options.seconds);
    };
    try {
      return await withContestants(contestants, options, CONNECTIONS, (started) =>
        inRounds(
          started.flatMap((each) =>
            each.contestant.id === NO_HOOK
              ? [entryOf(each, () => measuring(each, 'allows'), 'no hook')]
              : MOODS.map((mood) => entryOf(each, () => measuring(each, mood), `the hook ${mood}`)),
          ),
          options.rounds,
        ),
      );
    } finally {
      hook.close();
    }
  },
  section: (measured) =>
    tableOfMedians(measured, [
      { title: 'p50 ms', value: 'p50Ms', digits: 1 },
      { title: 'p99 ms', value: 'p99Ms', digits: 1 },
      { title: 'posts into groups that were taken', value: 'hooked' },
    ]),
};
