import { describe, expect, it } from '@jest/globals';
import { fanOutChannel } from '@parley/contracts';
import { AppError } from '@parley/protocol';
import { eventually } from '@parley/testing';
import { fakeConnection } from '../socket/fixtures/fake-link.js';
import { fakeHub } from './fixtures/fake-hub.js';
import type { FakeLog } from './fixtures/fake-log.js';
import { ROLE } from './membership.js';

/**
 * A member of a log with `messages` messages that has already received those up to `after`. Its client reads when the
 * test says so.
 */
async function lagging(messages: number, after: number, options: Parameters<typeof fakeHub>[0] = {}) {
  const parts = fakeHub({ maxBufferedBytes: 1_000, ...options });
  const log = parts.reader.log('c');
  for (let n = 0; n < messages; n += 1) log.append();
  const { connection, link } = fakeConnection({ maxBufferedBytes: 1_000 });
  const membership = await parts.hub.addMember('c', connection, ROLE.subscribed);
  membership.place(log.epoch, after);
  membership.log.learn(log.head, 0);
  const publish = () => parts.subscriber.publish(fanOutChannel('t', 'c'), log.append());
  return { ...parts, log, connection, link, membership, publish };
}

const turned = (epoch: string, from: number) => ({
  type: 'sys',
  sys: { type: 'channelEpoch', channelEpoch: { channelUUID: 'c', epoch, from } },
});

const texts = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, n) => `1/${first + n}`);

describe('CatchUp', () => {
  it('sends what was missed, page by page, and then live frames', async () => {
    const { follower, membership, link, reader, publish } = await lagging(25, 5, { entries: 10 });
    expect(await follower.bringUp(membership, true)).toBe(true);
    expect(reader.asked).toEqual(['c>5', 'c>15']);
    publish();
    expect(link.frames).toEqual(texts(6, 26));
  });

  it('reads nothing for a member that has everything', async () => {
    const { follower, membership, link, reader, publish } = await lagging(25, 25);
    expect(await follower.bringUp(membership, true)).toBe(true);
    publish();
    expect(link.frames).toEqual(texts(26, 26));
    expect(reader.asked).toEqual([]);
  });

  it('delivers what is published meanwhile once, after what was missed', async () => {
    const { follower, membership, link, reader, publish } = await lagging(25, 5, { entries: 10 });
    let pages = 0;
    reader.before = () => {
      pages += 1;
      if (pages < 4) for (let n = 0; n < 7; n += 1) publish();
    };
    expect(await follower.bringUp(membership, true)).toBe(true);
    publish();
    expect(link.frames).toEqual(texts(6, 47));
  });

  it('reads no further page, and keeps no live frame, while the client does not read', async () => {
    const { follower, membership, link, reader, publish } = await lagging(5_000, 0);
    const write = link.write.bind(link);
    let taken: (() => void)[] = [];
    link.write = (frame) => {
      link.bufferedBytes += frame.length;
      write(frame);
    };
    link.whenDrained = () =>
      new Promise((resolve) =>
        taken.push(() => {
          link.bufferedBytes = 0;
          resolve();
        }),
      );
    let most = 0;
    let isDone = false;
    const running = follower.bringUp(membership, true).then((isWhole) => {
      isDone = true;
      return isWhole;
    });
    await eventually(() => expect(taken).toHaveLength(1));
    for (let n = 0; n < 1_000; n += 1) publish();
    expect(reader.asked).toEqual(['c>0']);
    expect(link.frames.length).toBeLessThan(100);
    while (!isDone) {
      most = Math.max(most, link.bufferedBytes);
      const now = taken;
      taken = [];
      for (const take of now) take();
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await running).toBe(true);
    expect(link.frames).toEqual(texts(1, 6_000));
    expect(most).toBeLessThan(1_000);
    expect(link.closed).toBeUndefined();
  });

  it('closes a client that reads nothing with 4008, and waits for one that reads something', async () => {
    const { follower, membership, link } = await lagging(100, 0, { stalledMs: 20 });
    link.bufferedBytes = 900;
    let waits = 0;
    link.whenDrained = () => {
      waits += 1;
      if (waits < 4) link.bufferedBytes -= 100;
      return new Promise(() => undefined);
    };
    await follower.bringUp(membership, true);
    expect(waits).toBeGreaterThanOrEqual(4);
    expect(link.closed).toBe(4008);
  });

  it('leaves it to the answer to say that the log does not reach back far enough, and sends nothing before', async () => {
    const { follower, membership, log, link, publish } = await lagging(25, 5);
    log.trim(10);
    expect(await follower.bringUp(membership, false)).toBe(false);
    expect(membership.after).toBe(25);
    publish();
    expect(link.frames).toEqual([]);
    await follower.goLive(membership);
    expect(link.frames).toEqual(texts(26, 26));
  });

  it('tells a client that has its answer where the log does not reach back far enough', async () => {
    const { follower, membership, log, link } = await lagging(25, 5);
    log.trim(10);
    expect(await follower.bringUp(membership, true)).toBe(false);
    const skipped = { type: 'subscribed', subscribed: { channelUUID: 'c', epoch: log.epoch, seq: 9 } };
    expect(link.frames).toEqual([skipped, ...texts(10, 25)]);
  });

  it('continues in a new epoch that began meanwhile, and tells of it before the first frame', async () => {
    const { follower, membership, log, link } = await lagging(25, 5);
    log.loseTail(3);
    log.append();
    expect(await follower.bringUp(membership, false)).toBe(true);
    expect([membership.epoch, membership.after]).toEqual([log.epoch, 23]);
    expect(link.frames).toEqual([turned(log.epoch, 22), ...texts(6, 22), '2/23']);
  });

  it.each([
    ['a new epoch', (log: FakeLog) => log.loseTail(3)],
    ['the same epoch', (log: FakeLog) => log.failOver(3)],
  ])('tells a client that has its answer of lost messages, in %s', async (_, lose) => {
    const { follower, membership, log, link } = await lagging(25, 25);
    membership.skip();
    lose(log);
    membership.log.learn(log.head, membership.log.seq);
    await follower.goLive(membership);
    await eventually(() => expect(link.frames).toEqual([turned(log.epoch, 22)]));
    expect([membership.epoch, membership.after]).toEqual([log.epoch, 22]);
  });

  it('retries for a member that already has its answer, and tells it to resume when that fails', async () => {
    const { follower, membership, reader, link } = await lagging(25, 5);
    let failures = 1;
    reader.before = () => {
      if (failures-- > 0) throw new AppError('UNAVAILABLE');
    };
    await follower.goLive(membership);
    expect(link.frames).toEqual(texts(6, 25));
    const other = await lagging(25, 5);
    other.reader.before = () => {
      throw new AppError('INTERNAL');
    };
    await other.follower.goLive(other.membership);
    expect(other.link.closed).toBe(4009);
  });

  it('ends with its connection', async () => {
    const { follower, membership, reader, connection, link } = await lagging(25, 5, { entries: 5 });
    reader.before = () => connection.close(4001);
    await follower.bringUp(membership, true);
    expect(reader.asked).toHaveLength(1);
    expect(link.frames).toEqual([]);
  });
});
