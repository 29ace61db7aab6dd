import { describe, expect, it } from '@jest/globals';
import { HOLDS_BACK_MS, LargeReads, PAUSE_MS, SLICE_BYTES, SLICE_PAUSE_MS } from './large-reads.js';

describe('LargeReads', () => {
  /** A read that settles when the test says so. */
  class Reading {
    startedAt = 0;
    resolve!: (answer: string) => void;
    reject!: (error: Error) => void;
    private readonly answer = new Promise<string>((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });

    readonly read = (): Promise<string> => {
      this.startedAt = performance.now();
      return this.answer;
    };
  }

  it('carries out one after the other, in order, with a pause between them', async () => {
    const large = new LargeReads();
    const [one, other] = [new Reading(), new Reading()];
    const answers = [large.next(one.read), large.next(other.read)];
    one.resolve('one');
    other.resolve('other');
    expect(await Promise.all(answers)).toEqual(['one', 'other']);
    // Timers tell whole milliseconds.
    expect(other.startedAt - one.startedAt).toBeGreaterThanOrEqual(PAUSE_MS - 1);
  });

  it('goes on after one that fails', async () => {
    const large = new LargeReads();
    const [one, other] = [new Reading(), new Reading()];
    const failing = large.next(one.read);
    const next = large.next(other.read);
    one.reject(new Error('read failed'));
    other.resolve('other');
    await expect(failing).rejects.toThrow('read failed');
    expect(await next).toBe('other');
  });

  it('does not wait for one that gets no answer', async () => {
    const large = new LargeReads();
    const [one, other] = [new Reading(), new Reading()];
    const stuck = large.next(one.read);
    other.resolve('other');
    expect(await large.next(other.read)).toBe('other');
    expect(other.startedAt - one.startedAt).toBeGreaterThanOrEqual(HOLDS_BACK_MS - 1);
    one.resolve('one');
    expect(await stuck).toBe('one');
  });

  it('reads a small page at once, and a large one again when it is its turn', async () => {
    const large = new LargeReads();
    const sizes: number[] = [];
    const read = (size: number) => (bytes: number) => {
      sizes.push(bytes);
      return Promise.resolve(Math.min(bytes, size));
    };
    const page = (size: number) => large.page(256_000, read(size), (got) => got < size);
    expect(await page(1_000)).toBe(1_000);
    expect(sizes).toEqual([SLICE_BYTES]);
    expect(await page(200_000)).toBe(200_000);
    expect(sizes).toEqual([SLICE_BYTES, SLICE_BYTES, 256_000]);
  });

  it('reads the slices of one read with pauses between them, and then those of the next', async () => {
    const large = new LargeReads();
    const order: string[] = [];
    const times: number[] = [];
    const slicesOf = (name: string) => {
      let left = 3;
      return large.inSlices(() => {
        order.push(name);
        times.push(performance.now());
        left -= 1;
        return Promise.resolve(left > 0);
      });
    };
    await Promise.all([slicesOf('one'), slicesOf('other')]);
    expect(order).toEqual(['one', 'one', 'one', 'other', 'other', 'other']);
    for (const [index, time] of times.slice(1).entries())
      expect(time - times[index]!).toBeGreaterThanOrEqual(SLICE_PAUSE_MS - 1);
  });
});
