import { beforeEach, describe, expect, it } from '@jest/globals';
import { ChatError, type Payload, type Target } from '@parley/client';
import { aMessage } from '../fixtures/a-message.js';
import type { PendingPost } from './chat-state.js';
import { Posts } from './posts.js';

describe('messages on their way', () => {
  let pending: readonly PendingPost[];
  let posts: Posts;
  let outcomes: { resolve: () => void; reject: (error: Error) => void }[];

  beforeEach(() => {
    pending = [];
    outcomes = [];
    const post = (_target: Target, _text: string) =>
      new Promise<Payload<'ack'>>((resolve, reject) => {
        outcomes.push({ resolve: () => resolve({} as Payload<'ack'>), reject });
      });
    posts = new Posts({ post }, (now) => {
      pending = now;
    });
  });

  const settled = () => new Promise((resolve) => setImmediate(resolve));
  const texts = () => pending.map(({ text, failure }) => [text, failure]);

  it('are shown until the server has them', async () => {
    posts.send('general', {}, 'one');
    posts.send('general', {}, 'two');
    expect(texts()).toEqual([
      ['one', undefined],
      ['two', undefined],
    ]);
    outcomes[0]!.resolve();
    await settled();
    expect(texts()).toEqual([['two', undefined]]);
  });

  it('are not shown beside the message that they have become', async () => {
    posts.send('general', {}, 'same');
    posts.send('general', {}, 'same');
    posts.seen(aMessage({ Message: 'same' }));
    expect(texts()).toEqual([['same', undefined]]);
    outcomes[0]!.resolve();
    await settled();
    expect(texts()).toEqual([['same', undefined]]);
  });

  it('stay with the reason where they failed, the newest twenty of them', async () => {
    for (let n = 1; n <= 21; n += 1) posts.send('general', {}, `text ${n}`);
    for (const { reject } of outcomes) reject(ChatError.of('BLOCKED'));
    await settled();
    expect(pending).toHaveLength(20);
    expect(texts()[0]).toEqual(['text 2', 'This user does not accept your messages.']);
  });
});
