import { describe, expect, it } from '@jest/globals';
import { TurnBatch } from './turn-batch.js';

describe('TurnBatch', () => {
  /** A batch that keeps its runs and answers each item with its place in the run. */
  function setUp(most = 100) {
    const runs: string[] = [];
    const batch = new TurnBatch<number, string>(async (key, items) => {
      runs.push(`${key}: ${items}`);
      if (items.includes(13)) throw new Error('unlucky');
      return items.map((item, place) => `${item} at ${place}`);
    }, most);
    return { runs, batch };
  }

  it('handles the items of one turn in one run for each key, in order, and answers each', async () => {
    const { runs, batch } = setUp();
    const later = Promise.resolve().then(() => batch.add('a', 3));
    const answers = await Promise.all([batch.add('a', 1), batch.add('b', 2), later]);
    expect(answers).toEqual(['1 at 0', '2 at 0', '3 at 1']);
    await batch.add('a', 4);
    expect(runs).toEqual(['a: 1,3', 'b: 2', 'a: 4']);
  });

  it('begins another run after a full one', async () => {
    const { runs, batch } = setUp(2);
    await Promise.all([1, 2, 3, 4, 5].map((item) => batch.add('a', item)));
    expect(runs).toEqual(['a: 1,2', 'a: 3,4', 'a: 5']);
  });

  it('fails the items of a failed run, and nothing else', async () => {
    const { batch } = setUp();
    const results = await Promise.allSettled([batch.add('a', 1), batch.add('a', 13), batch.add('b', 2)]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled']);
  });
});
