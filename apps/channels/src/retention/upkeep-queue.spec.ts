import { describe, expect, it } from '@jest/globals';
import { eventually } from '@parley/testing';
import { UPKEEP_WAITING, UpkeepQueue } from './upkeep-queue.js';

/** A queue that writes down its steps. Each key needs as many as it is told. */
function queueOf(stepsOf: Record<string, number> = {}, failing: readonly string[] = []) {
  const steps: string[] = [];
  const failures: string[] = [];
  const left = new Map(Object.entries(stepsOf));
  const queue = new UpkeepQueue({
    step: async (key) => {
      steps.push(key);
      if (failing.includes(key)) throw new Error('no answer');
      left.set(key, (left.get(key) ?? 1) - 1);
      return left.get(key) === 0;
    },
    onFailure: (error, key) => failures.push(`${key}: ${(error as Error).message}`),
  });
  return { queue, steps, failures };
}

describe('UpkeepQueue', () => {
  it('does one key after the other, each until it is done, and none twice at once', async () => {
    const { queue, steps } = queueOf({ one: 3, two: 2 });
    for (const key of ['one', 'two', 'one']) queue.start(key);
    await eventually(() => expect(steps).toEqual(['one', 'one', 'one', 'two', 'two']));
  });

  it('goes on after a failure, and takes that key again later', async () => {
    const { queue, steps, failures } = queueOf({}, ['bad']);
    queue.start('bad');
    queue.start('good');
    await eventually(() => expect(steps).toEqual(['bad', 'good']));
    queue.start('bad');
    await eventually(() => expect(failures).toEqual(['bad: no answer', 'bad: no answer']));
  });

  it('takes no more keys than are allowed to wait', async () => {
    const { queue, steps } = queueOf();
    for (let n = 0; n <= UPKEEP_WAITING; n += 1) queue.start(`${n}`);
    queue.start('first');
    await eventually(() => expect(steps).toHaveLength(UPKEEP_WAITING));
    queue.start('last');
    await eventually(() => expect(steps.at(-1)).toBe('last'));
    expect(steps).toHaveLength(UPKEEP_WAITING + 1);
  });

  it('ends before the next step when it is closed', async () => {
    const { queue, steps } = queueOf({ long: 1_000 });
    const ended = queue.finish('long');
    queue.close();
    await ended;
    expect(steps).toEqual(['long']);
  });
});
