import { describe, expect, it } from '@jest/globals';
import { WorkQueue } from './work-queue.js';

function setUp(max: number) {
  const begun: number[] = [];
  let rooms = 0;
  const queue = new WorkQueue<number>(
    max,
    (item) => begun.push(item),
    () => rooms++,
  );
  return { queue, begun, rooms: () => rooms };
}

describe('WorkQueue', () => {
  it('begins after the step that added the work, in order, and no more than allowed at once', async () => {
    const { queue, begun } = setUp(2);
    for (const item of [1, 2, 3]) queue.add(item);
    expect(begun).toEqual([]);
    await Promise.resolve();
    expect(begun).toEqual([1, 2]);
    expect([queue.inFlight, queue.queued, queue.room]).toEqual([2, 1, -1]);
    queue.done();
    expect(begun).toEqual([1, 2, 3]);
  });

  it('reports when there is room after there was none', async () => {
    const { queue, rooms } = setUp(1);
    queue.add(1);
    queue.add(2);
    await Promise.resolve();
    queue.done();
    expect(rooms()).toBe(0);
    queue.done();
    expect(rooms()).toBe(1);
  });

  it('takes any number of items that end while they begin', async () => {
    const begun: number[] = [];
    const queue: WorkQueue<number> = new WorkQueue(
      1,
      (item) => {
        begun.push(item);
        queue.done();
      },
      () => undefined,
    );
    for (let item = 0; item < 20_000; item++) queue.add(item);
    await queue.whenIdle();
    expect(begun).toHaveLength(20_000);
    expect(queue.room).toBe(1);
  });

  it('reports when nothing runs or waits', async () => {
    const { queue } = setUp(1);
    await queue.whenIdle();
    queue.add(1);
    const idle = queue.whenIdle();
    await Promise.resolve();
    queue.done();
    await idle;
    expect(queue.inFlight).toBe(0);
  });
});
