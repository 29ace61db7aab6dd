import { setImmediate as nextTurn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { AppError } from '@parley/protocol';
import { eventually } from '@parley/testing';
import { fixedLoad } from './fixtures/fixed-load.js';
import { Gathering, type GatheringOptions } from './gathering.js';

/** A gathering whose requests are answered by hand. */
function gathered(options: Partial<GatheringOptions<number, number>> = {}) {
  const requests: { items: readonly number[]; at: number; answer: () => void }[] = [];
  const gathering = new Gathering<number, number>({
    deadlineMs: 1_000,
    ask: (items, _, settle) =>
      new Promise((resolve) => {
        const answer = () => {
          for (const [place, item] of items.entries()) settle(place, item * 10);
          resolve();
        };
        requests.push({ items, at: performance.now(), answer });
      }),
    ...options,
  });
  return { gathering, requests, asked: () => requests.map(({ items }) => items) };
}

describe('Gathering', () => {
  it('asks for all items of one turn at once, and gives each its own answer', async () => {
    const { gathering, requests, asked } = gathered();
    const results = Promise.all([1, 2, 3].map((item) => gathering.request(item)));
    await nextTurn();
    expect(asked()).toEqual([[1, 2, 3]]);
    requests[0]!.answer();
    expect(await results).toEqual([10, 20, 30]);
  });

  it('gives each item its result or its error as soon as it is known, whatever the others wait for', async () => {
    let fail: (error: Error) => void = () => undefined;
    const { gathering } = gathered({
      ask: (_, __, settle) => {
        settle(1, 20);
        settle(2, new AppError('FORBIDDEN'));
        return new Promise((_resolve, reject) => {
          fail = reject;
        });
      },
    });
    const [slow, known, refused] = [1, 2, 3].map((item) => gathering.request(item));
    await expect(refused).rejects.toMatchObject({ name: 'FORBIDDEN' });
    expect(await known).toBe(20);
    fail(new AppError('UNAVAILABLE'));
    await expect(slow).rejects.toMatchObject({ name: 'UNAVAILABLE' });
  });

  it('asks for the items that arrive during a request as soon as it is answered, without a delay', async () => {
    const { gathering, requests, asked } = gathered();
    for (const item of [1, 2]) void gathering.request(item);
    await nextTurn();
    for (const item of [3, 4]) void gathering.request(item);
    requests[0]!.answer();
    await nextTurn();
    expect(asked()).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });

  it('is held back only briefly by an unanswered request', async () => {
    const { gathering, asked } = gathered();
    void gathering.request(1);
    await nextTurn();
    void gathering.request(2);
    await nextTurn();
    expect(asked()).toEqual([[1]]);
    await eventually(() => expect(asked()).toEqual([[1], [2]]));
  });

  it('does not delay requests in a process that is not busy', async () => {
    const { gathering, requests, asked } = gathered({ delays: true, load: fixedLoad(0) });
    for (let item = 0; item < 100; item += 1) void gathering.request(item);
    await nextTurn();
    requests[0]!.answer();
    await nextTurn();
    void gathering.request(1);
    await nextTurn();
    expect(asked().map(({ length }) => length)).toEqual([100, 1]);
  });

  describe('with a delay', () => {
    it('asks at once for items that arrive one by one', async () => {
      const { gathering, requests, asked } = gathered({ delays: true });
      for (const item of [1, 2, 3]) {
        const result = gathering.request(item);
        await nextTurn();
        requests.at(-1)!.answer();
        await result;
      }
      expect(asked()).toEqual([[1], [2], [3]]);
    });

    it('waits after a request of many, for a time that grows with it, up to 20 ms', async () => {
      for (const [items, restMs] of [
        [3, 8],
        [100, 20],
      ] as const) {
        const { gathering, requests } = gathered({ delays: true, load: fixedLoad(1) });
        for (let item = 0; item < items; item += 1) void gathering.request(item);
        await nextTurn();
        requests[0]!.answer();
        void gathering.request(1);
        await eventually(() => expect(requests).toHaveLength(2));
        // Timers are exact to a millisecond.
        expect(requests[1]!.at - requests[0]!.at).toBeGreaterThanOrEqual(restMs - 1);
      }
    });

    it('does not delay what a full request has left over', async () => {
      const { gathering, requests, asked } = gathered({
        delays: true,
        load: fixedLoad(1),
        sizeOf: () => 1,
        sizePerRequest: 30,
      });
      for (let item = 0; item < 31; item += 1) void gathering.request(item);
      await nextTurn();
      requests[0]!.answer();
      await nextTurn();
      expect(asked().map(({ length }) => length)).toEqual([30, 1]);
    });
  });
});
