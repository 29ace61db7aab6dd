import { describe, expect, it } from '@jest/globals';
import { fanOutChannel } from '@parley/contracts';
import { AppError } from '@parley/protocol';
import { eventually } from '@parley/testing';
import { fakeConnection } from '../socket/fixtures/fake-link.js';
import { fakeHub } from './fixtures/fake-hub.js';
import { ROLE, type Role } from './membership.js';

const CHANNEL = fanOutChannel('t', 'c');

/** One log with members, over a pub/sub that a test lets lose, double and swap. */
function lab(options: Parameters<typeof fakeHub>[0] = {}) {
  const parts = fakeHub(options);
  const { hub, follower, subscriber, reader } = parts;
  const log = reader.log('c');
  const follow = async (role: Role = ROLE.subscribed) => {
    const { connection, link } = fakeConnection({ maxBufferedBytes: 10_000_000 });
    const membership = await hub.addMember('c', connection, role);
    const { epoch, seq } = log.head;
    membership.place(epoch, seq);
    membership.log.learnHead(epoch, seq);
    await follower.goLive(membership);
    return { membership, connection, link, from: seq };
  };
  const publish = (...frames: Buffer[]) => subscriber.publish(CHANNEL, Buffer.concat(frames));
  return { ...parts, log, follow, publish };
}

/** The frames of an epoch from one Seq to another. */
const frames = (epoch: number, first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, n) => `${epoch}/${first + n}`);

const moved = (epoch: string, seq: number) => ({
  type: 'subscribed',
  subscribed: { channelUUID: 'c', epoch, seq },
});

/** A generator of numbers from 0 to 1 that a seed settles (mulberry32, Tommy Ettinger, public domain). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

describe('LocalLog', () => {
  it('reads what is missing before it delivers what came after', async () => {
    const { log, follow, publish, reader } = lab();
    const { link } = await follow();
    publish(log.append());
    log.append();
    publish(log.append());
    expect(link.frames).toEqual(frames(1, 1, 1));
    publish(log.append());
    await eventually(() => expect(link.frames).toEqual(frames(1, 1, 4)));
    expect(reader.asked).toEqual(['c>1']);
  });

  it('drops duplicates', async () => {
    const { log, follow, publish } = lab();
    const { link } = await follow();
    publish(log.append(), log.append(), log.published(1), log.published(2), log.append());
    expect(link.frames).toEqual(frames(1, 1, 3));
  });

  it('reads a hole of many pages, and retries as often as needed', async () => {
    const { log, follow, publish, reader, faults } = lab({ entries: 10 });
    const { link } = await follow();
    let failures = 2;
    reader.before = () => {
      if (failures-- > 0) throw new AppError('UNAVAILABLE');
    };
    for (let n = 0; n < 55; n += 1) log.append();
    publish(log.append());
    await eventually(() => expect(link.frames).toEqual(frames(1, 1, 56)));
    expect(faults).toHaveLength(2);
  });

  it('holds back no more than the budget, and reads the rest', async () => {
    const { log, follow, publish, reader } = lab({ heldBytes: 30 });
    const { link } = await follow();
    let isRead = () => {};
    reader.before = () => new Promise((resolve) => (isRead = resolve));
    log.append();
    for (let n = 0; n < 50; n += 1) publish(log.append());
    await eventually(() => {
      isRead();
      expect(link.frames).toEqual(frames(1, 1, 51));
    });
  });

  it('tells subscribers of a new epoch and continues in it, but does not tell those who only joined', async () => {
    const { log, follow, publish } = lab();
    const [subscriber, joined] = [await follow(), await follow(ROLE.joined)];
    publish(log.append(), log.append(), log.append());
    log.loseTail(2);
    publish(log.append());
    await eventually(() => expect(joined.link.frames).toEqual([...frames(1, 1, 3), '2/2']));
    expect(subscriber.link.frames).toEqual([...frames(1, 1, 3), moved(log.epoch, 1), '2/2']);
  });

  it('forgets a frame of an epoch that is over, and holds nothing for it', async () => {
    const { log, follow, publish, budget } = lab({ heldBytes: 1_000 });
    const { link } = await follow(ROLE.joined);
    publish(log.append());
    const late = log.append();
    log.loseTail(1);
    publish(log.append());
    await eventually(() => expect(link.frames).toEqual(['1/1', '2/2']));
    publish(late);
    publish(log.append());
    await eventually(() => expect(budget.reserve(1_000)).toBe(true));
    expect(link.frames).toEqual(['1/1', '2/2', '2/3']);
  });

  it('loses nothing in a new epoch that lost nothing', async () => {
    const { log, follow, publish, hub } = lab();
    const { link } = await follow();
    publish(log.append());
    log.loseTail(0);
    log.append();
    log.append();
    hub.find('c')!.checked(log.head);
    await eventually(() => expect(link.frames).toEqual(['1/1', moved(log.epoch, 1), '2/2', '2/3']));
  });

  it('tells subscribers of a hole that the log cannot fill', async () => {
    const { log, follow, publish } = lab();
    const [subscriber, joined] = [await follow(), await follow(ROLE.joined)];
    publish(log.append());
    for (let n = 0; n < 10; n += 1) log.append();
    log.trim(8);
    publish(log.append());
    await eventually(() => expect(joined.link.frames).toEqual(['1/1', ...frames(1, 8, 12)]));
    expect(subscriber.link.frames).toEqual(['1/1', moved(log.epoch, 7), ...frames(1, 8, 12)]);
  });

  it('tells subscribers to resume when the log is gone, and delivers live frames to the others', async () => {
    const { log, follow, publish, hub, reader } = lab();
    const [subscriber, joined] = [await follow(), await follow(ROLE.joined)];
    publish(log.append(), log.append());
    reader.logs.clear();
    hub.find('c')!.checked(null);
    expect(subscriber.link.closed).toBe(4009);
    publish(reader.log('c').append());
    expect(joined.link.frames).toEqual(['1/1', '1/2', '1/1']);
  });

  it('reads what a check finds, and nothing when all is there', async () => {
    const { log, follow, publish, hub, reader } = lab();
    const { link } = await follow();
    publish(log.append());
    hub.find('c')!.checked(log.head);
    log.append();
    hub.find('c')!.checked(log.head);
    await eventually(() => expect(link.frames).toEqual(frames(1, 1, 2)));
    expect(reader.asked).toEqual(['c>1']);
  });

  it.each(Array.from({ length: 12 }, (_, seed) => [seed]))(
    'brings each message once and in order, whatever pub/sub loses, doubles and swaps, and whatever members do within a turn (seed %i)',
    async (seed) => {
      const random = seeded(seed + 1);
      const { log, follow, publish, hub, reader, follower, subscriber } = lab({ entries: 7, heldBytes: 200 });
      reader.before = async () => {
        if (random() < 0.05) throw new AppError('UNAVAILABLE');
        if (random() < 0.5) await new Promise((resolve) => setImmediate(resolve));
      };
      subscriber.endsTurns = false;
      const members = [await follow(), await follow(ROLE.joined)];
      let waiting: Buffer[] = [];
      for (let n = 0; n < 300; n += 1) {
        const frame = log.append();
        if (random() < 0.8) waiting.push(frame);
        if (random() < 0.1) waiting.push(log.published(1 + Math.floor(random() * log.seq)));
        if (random() < 0.1) waiting.reverse();
        if (random() < 0.4) {
          publish(...waiting);
          waiting = [];
        }
        if (random() < 0.1) await new Promise((resolve) => setImmediate(resolve));
        if (random() < 0.02) members.push(await follow());
        const { membership, connection } = members[Math.floor(random() * members.length)]!;
        if (random() < 0.1) membership.hold();
        if (random() < 0.1) void follower.goLive(membership);
        if (random() < 0.1) connection.write(Buffer.alloc(0));
        if (random() < 0.02) hub.find('c')!.checked(log.head);
      }
      hub.find('c')!.checked(log.head);
      for (const { membership } of members) void follower.goLive(membership);
      await eventually(() => {
        for (const { link, from } of members) expect(link.frames).toEqual(frames(1, from + 1, 300));
      });
    },
  );

  it.each(Array.from({ length: 12 }, (_, seed) => [seed]))(
    'never leaves subscribers a silent hole, even when Redis loses tails (seed %i)',
    async (seed) => {
      const random = seeded(seed + 1_000);
      const { log, follow, publish, hub, reader } = lab({ entries: 7 });
      reader.before = () => new Promise((resolve) => setImmediate(resolve));
      const members = [await follow(), await follow()];
      const [start] = [log.head];
      for (let n = 0; n < 200; n += 1) {
        const frame = log.append();
        if (random() < 0.8) publish(frame);
        if (random() < 0.05) log.loseTail(Math.floor(random() * 4));
        if (random() < 0.2) await new Promise((resolve) => setImmediate(resolve));
      }
      hub.find('c')!.checked(log.head);
      const place = (link: (typeof members)[number]['link']) => {
        let [epoch, seq] = [1, start.seq];
        for (const frame of link.frames as unknown as (string | ReturnType<typeof moved>)[]) {
          if (typeof frame !== 'string') {
            [epoch, seq] = [Number(frame.subscribed.epoch.slice(0, 8)), frame.subscribed.seq];
            continue;
          }
          expect(frame).toBe(`${epoch}/${seq + 1}`);
          seq += 1;
        }
        return [epoch, seq];
      };
      const end = [Number(log.epoch.slice(0, 8)), log.seq];
      await eventually(() => {
        for (const { link } of members) expect(place(link)).toEqual(end);
      });
    },
  );
});
