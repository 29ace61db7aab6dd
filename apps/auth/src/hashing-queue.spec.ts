import { describe, expect, it } from '@jest/globals';
import { HashingQueue } from './hashing-queue.js';
import { waitingHashings } from './metrics.js';

/** A hashing that runs until it is told to end. */
const held = () => {
  let begin = () => {};
  let finish = (_: unknown) => {};
  let fail = (_: Error) => {};
  let isStarted = false;
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const done = new Promise((resolve, reject) => {
    finish = resolve;
    fail = reject;
  });
  const hashing = () => {
    isStarted = true;
    begin();
    return done;
  };
  return { hashing, begun, finish, fail, isStarted: () => isStarted };
};

describe('HashingQueue', () => {
  it('runs a few at once, and the others in order', async () => {
    const queue = new HashingQueue({ atOnce: 2, waiting: 10 });
    const all = [held(), held(), held(), held()];
    const results = all.map(({ hashing }) => queue.run(hashing));
    const started = () => all.map(({ isStarted }) => isStarted());
    await all[1]!.begun;
    expect(started()).toEqual([true, true, false, false]);
    all[1]!.finish('second');
    expect(await results[1]).toBe('second');
    await all[2]!.begun;
    expect(started()).toEqual([true, true, true, false]);
    for (const one of all) one.finish('done');
    await Promise.all(results);
    expect(started()).toEqual([true, true, true, true]);
  });

  it('refuses at once when too many wait', async () => {
    const queue = new HashingQueue({ atOnce: 1, waiting: 1 });
    const [running, waiting] = [held(), held()];
    const results = [queue.run(running.hashing), queue.run(waiting.hashing)];
    expect((await waitingHashings.get()).values).toMatchObject([{ value: 1 }]);
    await expect(queue.run(held().hashing)).rejects.toMatchObject({
      name: 'OVERLOADED',
      retryAfterMs: 2_000,
    });
    running.finish(undefined);
    waiting.finish(undefined);
    await Promise.all(results);
    expect((await waitingHashings.get()).values).toMatchObject([{ value: 0 }]);
  });

  it('starts the next when a hashing fails', async () => {
    const queue = new HashingQueue({ atOnce: 1, waiting: 1 });
    const [running, waiting] = [held(), held()];
    const [first, second] = [queue.run(running.hashing), queue.run(waiting.hashing)];
    running.fail(new Error('no memory'));
    await expect(first).rejects.toThrow('no memory');
    waiting.finish('done');
    expect(await second).toBe('done');
    expect(await queue.run(async () => 'next')).toBe('next');
  });
});
