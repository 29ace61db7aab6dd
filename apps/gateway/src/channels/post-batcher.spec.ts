import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Apart, ChannelsContract, MayGoApart, PostReply, PostRequest } from '@parley/contracts';
import { AppError } from '@parley/protocol';
import type { AskOptions, ServiceClient } from '@parley/service-kit';
import { Backlog } from '../pacing/backlog.js';
import { HOLDS_BACK_MS } from '../pacing/gathering.js';
import { PostBatcher } from './post-batcher.js';

type Channels = Pick<ServiceClient<ChannelsContract>, 'askEach' | 'deadlineMs' | 'partitionOf'>;

interface Asked {
  readonly messages: string[];
  readonly options: AskOptions;
  readonly apart: true | undefined;
  /** Answers each post with its place as Seq, but for those whose message names an error, and those that are to go apart. */
  answer(): void;
  fail(error: Error): void;
}

const sender = { UUID: 'ada', Username: 'Ada' };
const postOf = (message: string, target = {}): PostRequest => ({ sender, target, message, key: message });
const outcomeOf = (
  { message }: PostRequest,
  place: number,
  apart: true | undefined,
): { stored: PostReply } | Apart | AppError =>
  message === 'FORBIDDEN'
    ? new AppError('FORBIDDEN', { message: 'no' })
    : apart && message === 'hooked'
      ? { apart }
      : { stored: { UUID: message, Seq: place, ChannelUUID: 'general', CreatedAt: 'now' } };

/** A batcher whose requests the test answers itself. */
function setUp(
  masterOf = (_channelUUID: string) => '',
  partitionOf = (_channelUUID: string) => 0,
  backlog = new Backlog(0),
) {
  const asked: Asked[] = [];
  const askEach: Channels['askEach'] = (_, request, options) =>
    new Promise((resolve, reject) => {
      const { posts, apart } = request as MayGoApart & { posts: readonly PostRequest[] };
      const take = options.take as (place: number, outcome: ReturnType<typeof outcomeOf>) => void;
      asked.push({
        messages: posts.map(({ message }) => message),
        options,
        apart,
        answer: () => {
          for (const [place, post] of posts.entries()) take(place, outcomeOf(post, place, apart));
          resolve();
        },
        fail: reject,
      });
    });
  const batcher = new PostBatcher(
    { askEach, deadlineMs: 1_000, partitionOf: (subject) => partitionOf(subject()) },
    masterOf,
    backlog,
  );
  const post = (...messages: string[]) => messages.map((message) => batcher.post(postOf(message)));
  return { asked, post, batcher };
}

const turn = () => new Promise<void>((resolve) => setImmediate(() => setImmediate(resolve)));

describe('PostBatcher', () => {
  // Only the tests themselves let time pass: a slow machine would send what a request holds back.
  beforeEach(() => void jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] }));
  afterEach(() => {
    jest.useRealTimers();
  });

  it('sends a lone post at the end of its turn, along with what came with it', async () => {
    const { asked, post } = setUp();
    const [alone] = post('a');
    await turn();
    expect(asked.map(({ messages }) => messages)).toEqual([['a']]);
    expect(asked[0]!.options).toMatchObject({ isRepeatable: true });
    asked[0]!.answer();
    expect(await alone).toMatchObject({ UUID: 'a' });
    post('b', 'c');
    await turn();
    expect(asked[1]!.messages).toEqual(['b', 'c']);
  });

  it('gathers the posts that arrive while a request is under way, in order, and answers each', async () => {
    const { asked, post } = setUp();
    post('a');
    await turn();
    const [b] = post('b');
    await turn();
    const [refused, d] = post('FORBIDDEN', 'd');
    await turn();
    expect(asked).toHaveLength(1);
    asked[0]!.answer();
    await turn();
    expect(asked[1]!.messages).toEqual(['b', 'FORBIDDEN', 'd']);
    asked[1]!.answer();
    expect(await b).toMatchObject({ UUID: 'b', Seq: 0 });
    await expect(refused).rejects.toEqual(new AppError('FORBIDDEN', { message: 'no' }));
    expect(await d).toMatchObject({ UUID: 'd', Seq: 2 });
  });

  it('is held back by a request for 20 ms at most, and leaves no less than its own deadline to what waited', async () => {
    const { asked, post } = setUp();
    post('stuck');
    await turn();
    post('b');
    await turn();
    jest.advanceTimersByTime(19);
    expect(asked).toHaveLength(1);
    jest.advanceTimersByTime(1);
    expect(asked[1]).toMatchObject({ messages: ['b'], options: { deadlineMs: 980 } });
    // The late answer of the first frees nothing that the second holds.
    post('c');
    asked[0]!.answer();
    await turn();
    expect(asked).toHaveLength(2);
    asked[1]!.answer();
    await turn();
    expect(asked[2]!.messages).toEqual(['c']);
  });

  it('gathers for each partition separately, and names the channel of each', async () => {
    const { asked, batcher } = setUp(undefined, (channelUUID) => Number(channelUUID) % 2);
    for (const channelUUID of ['1', '2', '3', '4']) {
      void batcher.post(postOf(`in ${channelUUID}`, { channelUUID })).catch(() => undefined);
    }
    await turn();
    expect(asked.map(({ messages, options }) => [messages, options.partitionBy])).toEqual([
      [['in 1', 'in 3'], '1'],
      [['in 2', 'in 4'], '2'],
    ]);
  });

  it('gathers for each master separately, so that an absent one holds nothing else back', async () => {
    const { asked, batcher } = setUp((channelUUID) => (channelUUID === 'away' ? 'one' : 'other'));
    void batcher.post(postOf('a', { channelUUID: 'away' }));
    const here = batcher.post(postOf('b', { channelUUID: 'here' }));
    void batcher.post(postOf('c', { channelUUID: 'away' }));
    await turn();
    expect(asked.map(({ messages }) => messages)).toEqual([['a', 'c'], ['b']]);
    asked[1]!.answer();
    expect(await here).toMatchObject({ UUID: 'b' });
  });

  it('asks alone for a post that waits for a hook, and no other waits with it', async () => {
    const { asked, post } = setUp();
    const [before, hooked] = post('a', 'hooked');
    await turn();
    asked[0]!.answer();
    expect(await before).toMatchObject({ UUID: 'a' });
    await turn();
    const [after] = post('b');
    await turn();
    expect(asked.map(({ messages, apart }) => [apart, ...messages])).toEqual([
      [true, 'a', 'hooked'],
      [undefined, 'hooked'],
      [true, 'b'],
    ]);
    asked[2]!.answer();
    expect(await after).toMatchObject({ UUID: 'b' });
    asked[1]!.answer();
    expect(await hooked).toMatchObject({ UUID: 'hooked' });
  });

  it('fails a post that waits for a hook as its own request fails', async () => {
    const { asked, post } = setUp();
    const [hooked] = post('hooked');
    await turn();
    asked[0]!.answer();
    await turn();
    asked[1]!.fail(new AppError('OVERLOADED'));
    await expect(hooked).rejects.toMatchObject({ name: 'OVERLOADED' });
  });

  it('fails every post of a failed request, and continues', async () => {
    const { asked, post } = setUp();
    const first = post('a', 'b');
    await turn();
    const [c] = post('c');
    asked[0]!.fail(new AppError('UNAVAILABLE'));
    for (const each of first) await expect(each).rejects.toMatchObject({ name: 'UNAVAILABLE' });
    await turn();
    asked[1]!.answer();
    expect(await c).toMatchObject({ UUID: 'c' });
  });

  it('keeps requests within their number and size, and lets a large post go alone', async () => {
    const { asked, post } = setUp();
    const large = 'x'.repeat(300 * 1_024);
    post(...Array.from({ length: 300 }, String), large, 'last');
    await turn();
    for (let at = 0; at < 4; at += 1) {
      asked[at]!.answer();
      await turn();
    }
    expect(asked.map(({ messages }) => messages.length)).toEqual([256, 44, 1, 1]);
    expect(asked[2]!.messages[0]).toBe(large);
  });

  it('refuses posts once all have been answered too late for a second, until nothing waits', async () => {
    const { asked, post } = setUp(undefined, undefined, new Backlog(200));
    const taken = post(...Array.from({ length: 1_300 }, String));
    for (let requests = 1; requests <= 6; requests += 1) {
      await turn();
      jest.advanceTimersByTime(HOLDS_BACK_MS);
    }
    expect(asked.map(({ messages }) => messages.length)).toEqual([256, 256, 256, 256, 256, 20]);
    for (const ms of [300, 500, 500]) {
      jest.advanceTimersByTime(ms);
      asked.shift()!.answer();
      await turn();
    }
    const [late] = post('late');
    jest.advanceTimersByTime(100);
    asked.shift()!.answer();
    await turn();
    const [refused] = post('refused');
    await expect(refused).rejects.toMatchObject({ name: 'OVERLOADED', retryAfterMs: 600 });
    for (let answered = 0; answered < 3; answered += 1) {
      asked.shift()!.answer();
      await turn();
    }
    expect(await Promise.all([...taken, late])).toHaveLength(1_301);
    const [again] = post('again');
    await turn();
    asked.shift()!.answer();
    expect(await again).toMatchObject({ UUID: 'again' });
  });

  it('refuses posts beyond its limit until there is room again', async () => {
    const { asked, post } = setUp();
    const megabyte = 'x'.repeat(1_024 * 1_024);
    const taken = post(...Array.from({ length: 16 }, () => megabyte));
    const [refused] = post('one more');
    await expect(refused).rejects.toMatchObject({ name: 'OVERLOADED', retryAfterMs: 200 });
    await turn();
    asked[0]!.answer();
    await taken[0];
    const [again] = post('again');
    for (let at = 1; at < 17; at += 1) {
      await turn();
      asked[at]!.answer();
    }
    expect(await again).toMatchObject({ UUID: 'again' });
  });

  it('refuses more than 10,000 unanswered posts', async () => {
    const { post } = setUp();
    post(...Array.from({ length: 10_000 }, String));
    await expect(post('one more')[0]).rejects.toMatchObject({ name: 'OVERLOADED' });
  });
});
