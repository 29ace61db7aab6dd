import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type AppError, decodeRequest, type Request } from '@parley/protocol';
import {
  AnswerBudget,
  type AnswerRates,
  FREE_BYTES,
  LONGEST_HOLD_MS,
  RESUME_DEBT_MS,
  USER_BURST_SECONDS,
} from './answer-budget.js';

const KIB = 1_024;
/** Bytes per second of the users here. */
const PER_SECOND = 64 * KIB;
const BURST = PER_SECOND * USER_BURST_SECONDS;

const read = (type: string, payload: object = {}): Request =>
  decodeRequest(JSON.stringify({ type, [type]: payload })).request!;
const page = read('channelMessages');
const largePage = read('channelMessages', { limit: 100 });

/** Answers of a budget, with what each waited for. */
function answers(rates: Partial<AnswerRates>) {
  const budget = new AnswerBudget({ user: 0, gateway: 0, ...rates });
  const answer = async (
    request: Request,
    bytes: number,
    user = 'ada',
    answered: string | undefined = user,
  ) => {
    const began = performance.now();
    const reserved = await budget.admit(request, user);
    const heldMs = Math.round(performance.now() - began);
    if (reserved !== undefined) budget.settle(reserved, answered, bytes);
    return heldMs;
  };
  return { budget, answer };
}

describe('AnswerBudget', () => {
  beforeEach(() => void jest.useFakeTimers({ now: 0 }));
  afterEach(() => void jest.useRealTimers());

  /** Lets time pass until the promise has settled. */
  async function inTime<T>(promise: Promise<T>): Promise<T> {
    let isDone = false;
    const done = () => {
      isDone = true;
    };
    promise.then(done, done);
    while (!isDone) await jest.advanceTimersByTimeAsync(10);
    return promise;
  }

  it('never holds answers of ordinary size', async () => {
    const { answer } = answers({ user: PER_SECOND, gateway: PER_SECOND });
    for (let n = 0; n < 1_000; n += 1) expect(await answer(page, FREE_BYTES)).toBe(0);
  });

  it('holds a user who had large answers until they are paid off, on all connections, and nobody else', async () => {
    const { answer } = answers({ user: PER_SECOND });
    expect(await answer(page, FREE_BYTES + BURST + PER_SECOND)).toBe(0);
    expect(await answer(page, 0, 'bob')).toBe(0);
    expect(await inTime(answer(page, 0))).toBeGreaterThanOrEqual(1_000);
    expect(await answer(page, 0)).toBe(0);
  });

  it('never holds what reads nothing', async () => {
    const { answer, budget } = answers({ user: PER_SECOND, gateway: PER_SECOND });
    await answer(page, FREE_BYTES + 10 * BURST);
    for (const request of [read('ping'), read('channelMessage', { message: 'x' }), read('channelLeave')])
      expect(await budget.admit(request, 'ada')).toBeUndefined();
  });

  it('charges no user for what a resume brings, and never refuses one', async () => {
    const { answer } = answers({ user: PER_SECOND, gateway: PER_SECOND });
    const resume = read('resume', { accessKey: 'k' });
    expect(await answer(resume, 100 * PER_SECOND)).toBe(0);
    expect(await inTime(answer(resume, 0))).toBe(LONGEST_HOLD_MS);
    const { answer: answerOthers } = answers({ user: PER_SECOND });
    await answerOthers(resume, 100 * PER_SECOND);
    expect(await answerOthers(page, 0)).toBe(0);
  });

  it('holds others briefly for a resume that brings much at once', async () => {
    const { answer, budget } = answers({ gateway: 64 * PER_SECOND });
    const reserved = (await budget.admit(read('resume', { accessKey: 'k' }), 'ada'))!;
    for (let sent = 0; sent < 100; sent += 1) budget.charge(reserved, 'ada', sent * 1_024 * KIB);
    expect(await inTime(answer(page, 0, 'bob'))).toBeLessThan(2 * RESUME_DEBT_MS);
  });

  it('holds frames that come at the same moment one after the other, by what they may cost', async () => {
    const { answer } = answers({ gateway: 2 * PER_SECOND });
    const users = Array.from({ length: 4 }, (_, n) => `user-${n}`);
    const held = await inTime(Promise.all(users.map((user) => answer(largePage, 100 * KIB, user))));
    // 144 KiB are taken for each; the 8 KiB of a sixteenth of a second are there at first.
    expect(held.map((ms) => Math.floor(ms / 100))).toEqual([0, 10, 21, 33]);
  });

  it('holds nobody for what a slow client was sent in the minutes before', async () => {
    const { answer, budget } = answers({ gateway: PER_SECOND });
    const reserved = (await budget.admit(read('resume', { accessKey: 'k' }), 'ada'))!;
    const [seconds, perSecond] = [120, PER_SECOND / 2];
    for (let second = 1; second <= seconds; second += 1) {
      await jest.advanceTimersByTimeAsync(1_000);
      budget.charge(reserved, 'ada', second * perSecond);
    }
    budget.settle(reserved, 'ada', seconds * perSecond);
    expect(await inTime(answer(page, 0, 'bob'))).toBeLessThan(1_000);
    expect(reserved.bytes).toBe(seconds * perSecond - FREE_BYTES);
  });

  it('gives back what an answer did not cost', async () => {
    const { answer } = answers({ gateway: PER_SECOND });
    for (let n = 0; n < 100; n += 1) expect(await answer(largePage, 5 * KIB)).toBe(0);
  });

  it('refuses a frame after at most five seconds when the debt is larger', async () => {
    const { answer } = answers({ user: PER_SECOND });
    await answer(page, FREE_BYTES + BURST + 8 * PER_SECOND);
    const began = performance.now();
    const refused = await inTime(answer(largePage, 0).catch((error: unknown) => error));
    const heldMs = Math.round(performance.now() - began);
    expect(heldMs).toBeGreaterThanOrEqual(LONGEST_HOLD_MS / 2);
    expect(heldMs).toBeLessThanOrEqual(LONGEST_HOLD_MS);
    const { name, retryAfterMs } = refused as AppError;
    expect(name).toBe('RATE_LIMITED');
    // The tests' clock goes in steps of 10 ms.
    expect(Math.abs(heldMs + retryAfterMs! - 8_000)).toBeLessThanOrEqual(10);
    expect(await inTime(answer(page, 0))).toBeGreaterThanOrEqual(retryAfterMs! - 100);
  });

  it('refuses frames that came at the same moment at many moments', async () => {
    const { answer } = answers({ user: PER_SECOND });
    await answer(page, FREE_BYTES + BURST + 8 * PER_SECOND);
    const began = performance.now();
    const moments = await inTime(
      Promise.all(
        Array.from({ length: 200 }, () => answer(largePage, 0).catch(() => performance.now() - began)),
      ),
    );
    const tenths = new Set(moments.map((ms) => Math.floor((ms - LONGEST_HOLD_MS / 2) / 250)));
    // Missed by one run in 10^8: each of ten equal parts gets 20 of them on average.
    expect(tenths.size).toBeGreaterThanOrEqual(10);
  });

  it.each([
    ['channelJoin', {}],
    ['channelMessages', {}],
    ['users', {}],
    ['inbox', {}],
  ])('counts %s as a frame that reads', async (type, payload) => {
    const { answer } = answers({ user: PER_SECOND });
    await answer(page, FREE_BYTES + BURST + PER_SECOND);
    expect(await inTime(answer(read(type, payload), 0))).toBeGreaterThan(900);
  });
});
