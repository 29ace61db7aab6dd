import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Publication } from '../redis/finish-requests.js';
import { UnheardReplies } from './unheard-replies.js';

describe('UnheardReplies', () => {
  beforeEach(() => {
    jest.useFakeTimers();
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  const reply = (inMs: number, body = '{}'): Publication => ({
    sharded: false,
    channel: 'c',
    body,
    until: performance.now() + inMs,
  });
  /** Nobody ever hears: each publication comes back at once. */
  const setUp = () => {
    const published: Publication[][] = [];
    const unheard = new UnheardReplies(
      () => performance.now(),
      (replies) => {
        published.push(replies);
        unheard.keep(replies);
      },
    );
    return { unheard, published };
  };

  it('are published again at growing intervals until their deadline', () => {
    const { unheard, published } = setUp();
    unheard.keep([reply(10_000)]);
    jest.advanceTimersByTime(1_000);
    const early = published.length;
    expect(early).toBeGreaterThanOrEqual(3);
    jest.advanceTimersByTime(11_000);
    expect(published.length - early).toBeLessThanOrEqual(10);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('are not kept after their deadline', () => {
    const { unheard } = setUp();
    unheard.keep([reply(-1)]);
    expect(jest.getTimerCount()).toBe(0);
  });

  it('give way to newer ones beyond their bound', () => {
    const { unheard, published } = setUp();
    const large = 'x'.repeat(10_000_000);
    const [old, young] = [reply(10_000, large), reply(10_000, large)];
    unheard.keep([old, young]);
    jest.advanceTimersByTime(100);
    expect(published.flat()).not.toContain(old);
    expect(published.flat()).toContain(young);
  });
});
