import { LIMITS } from '@parley/protocol';
import { median, percentile } from '@parley/testing';
import pLimit from 'p-limit';
import { atMost, type Claim, type Row } from '../../report/row.js';
import { Scene } from '../../stage/scene.js';
import { Stage } from '../../stage/stage.js';
import { chatClient } from '../../traffic/chat-client.js';
import type { Texts } from '../../traffic/traffic.js';
import type { Joiner } from '../../witnesses/join-loop.js';
import { JoinLoops } from '../../witnesses/join-loops.js';
import type { Fault, FaultOptions } from '../fault.js';

/** Clients that loop, and how many of them are one user's. Two users share a private channel. */
const CLIENTS = 200;
const SHORT_CLIENTS = 40;
const CLIENTS_PER_USER = 5;
/** The longest text there is, of characters that take six bytes each in JSON. */
const LARGEST = '\u0001'.repeat(LIMITS.messageCharacters);
/** The posts of the others whose delivery is timed, and how many of them per second. */
const POSTS: Texts = { messages: 1_500, length: 100, filler: 'x' };
const SHORT_POSTS: Texts = { ...POSTS, messages: 200 };
const PER_SECOND = 100;
/** How long the loops run before anything is timed, in ms: what a user may take at once is gone by then. */
const BURST_MS = 10_000;
/** The most that the others' p99 may grow, in %. */
const GROWTH = 50;
/** Sign-ups at the same time, and private channels that are filled at the same time. */
const AT_ONCE = 4;

/** Clients connect, resume and ask for the largest join there is, over and over. */
export const largeJoins: Fault = {
  name: 'large-joins',
  ownStage: true,
  isLong: true,
  run: (options) =>
    // The limits of answers as they are when nobody sets them.
    Stage.during({ settings: { USER_ANSWER_BYTES_PER_SECOND: undefined } }, (stage) =>
      Scene.play(stage, (scene) => loopBeside(scene, options)),
    ),
};

async function loopBeside(scene: Scene, { short, report }: FaultOptions): Promise<Row[]> {
  const clients = short ? SHORT_CLIENTS : CLIENTS;
  const joiners = await signUp(scene, clients);
  report(`${clients} clients have a channel to join`);
  const posts = short ? SHORT_POSTS : POSTS;
  const times = short ? 1 : 5;
  const without: number[] = [];
  const beside: number[] = [];
  for (let round = 0; round < times; round += 1) {
    // Interleaved, because the machine does other work too.
    without.push(await timed(scene, posts));
    const loops = await JoinLoops.start(joiners);
    await new Promise((resolve) => setTimeout(resolve, BURST_MS));
    beside.push(await timed(scene, posts));
    const { joins, bytes, failed } = await loops.stop();
    const size = Math.round(bytes / Math.max(1, joins) / 1_024);
    const told = `${joins} joins of ${size} KiB and ${failed} without an answer`;
    report(`${round + 1} of ${times}: p99 ${without.at(-1)} ms, ${beside.at(-1)} ms beside ${told}`);
  }
  const account = await scene.settle();
  const fault = `${clients} clients loop over connect, resume and the largest join`;
  return [{ fault, times, account, wellMs: [], claims: short ? [] : [growth(without, beside)] }];
}

/** Compares medians of the rounds, as `never-reads` does. */
function growth(without: readonly number[], beside: readonly number[]): Claim {
  const [before, after] = [median(without), median(beside)];
  const what = `p99 of the others, ${before} ms without and ${after} ms beside them, grows by`;
  return atMost(what, Math.round((after / before - 1) * 100), GROWTH, '%');
}

/** Posts into the general channel. @returns the p99 of the time from post to delivery, in ms. */
async function timed({ traffic }: Scene, posts: Texts): Promise<number> {
  return Math.round(percentile(await traffic.burst(posts, PER_SECOND), 0.99));
}

/** Signs users up, who take turns at the gateways, and fills the private channels of each two of them. */
async function signUp({ stage }: Scene, clients: number): Promise<Joiner[]> {
  const pairs = Array.from({ length: clients / CLIENTS_PER_USER / 2 }, (_, pair) => pair);
  const joiners = await pLimit(AT_ONCE).map(pairs, async (pair) => {
    const url = stage.urls[pair % stage.urls.length]!;
    const [one, other] = [chatClient(url), chatClient(url)];
    for (const [client, name] of [
      [one, `joiner-${pair}-a`],
      [other, `joiner-${pair}-b`],
    ] as const)
      await client.signUp(name, 'a password of a joiner');
    const users = [one.session!, other.session!];
    for (let n = 0; n < LIMITS.messagesPerPage; n += 1)
      await one.post({ recipientUUID: users[1]!.userUUID }, LARGEST);
    one.close();
    other.close();
    return users.flatMap(({ accessKey }, n): Joiner[] => {
      const recipientUUID = users[1 - n]!.userUUID;
      return Array.from({ length: CLIENTS_PER_USER }, () => ({ url, accessKey, recipientUUID }));
    });
  });
  return joiners.flat();
}
