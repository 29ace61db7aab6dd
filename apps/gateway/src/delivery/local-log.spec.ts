import { describe, expect, it } from '@jest/globals';
import { emptyHead, fanOutChannel, NO_EPOCH } from '@parley/contracts';
import { AppError } from '@parley/protocol';
import { eventually } from '@parley/testing';
import { epochChanges } from '../metrics.js';
import { type FakeLink, fakeConnection } from '../socket/fixtures/fake-link.js';
import { textOf } from '../socket/fixtures/message-frame.js';
import { fakeHub } from './fixtures/fake-hub.js';
import { type Membership, ROLE, type Role } from './membership.js';

const CHANNEL = fanOutChannel('t', 'c');

/** One log with members, over a pub/sub that a test lets lose, double and swap. */
function lab(options: Parameters<typeof fakeHub>[0] = {}) {
  const parts = fakeHub(options);
  const { hub, follower, subscriber, reader } = parts;
  const log = reader.log('c');
  const follow = async (role: Role = ROLE.subscribed, isJoinedById = false) => {
    const { connection, link } = fakeConnection({ maxBufferedBytes: 10_000_000 });
    const membership = await hub.addMember('c', connection, role);
    membership.isJoinedById = isJoinedById;
    const { epoch, seq } = log.head;
    const held = log.page(0, seq, null).frames.map(({ json }) => JSON.parse(textOf(json)) as string);
    membership.place(epoch, seq);
    membership.log.learn({ epoch, seq }, 0);
    await follower.goLive(membership);
    return { membership, connection, link, from: seq, held };
  };
  const publish = (...frames: Buffer[]) => subscriber.publish(CHANNEL, Buffer.concat(frames));
  /** As the checker does it. */
  const check = () => {
    const local = hub.find('c')!;
    local.learn(log.head, local.seq);
  };
  return { ...parts, log, follow, publish, check };
}

/** The frames of an epoch from one Seq to another. */
const frames = (epoch: number, first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, n) => `${epoch}/${first + n}`);

const skipped = (epoch: string, seq: number) => ({
  type: 'subscribed',
  subscribed: { channelUUID: 'c', epoch, seq },
});

const turned = (epoch: string, from: number) => ({
  type: 'sys',
  sys: { type: 'channelEpoch', channelEpoch: { channelUUID: 'c', epoch, from } },
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

  it('tells those who count Seqs of a new epoch, and continues in it for everybody', async () => {
    const { log, follow, publish } = lab();
    const members = [await follow(), await follow(ROLE.joined, true)];
    const demo = await follow(ROLE.joined);
    publish(log.append(), log.append(), log.append());
    log.loseTail(2);
    publish(log.append());
    await eventually(() => expect(demo.link.frames).toEqual([...frames(1, 1, 3), '2/2']));
    for (const { link } of members)
      expect(link.frames).toEqual([...frames(1, 1, 3), turned(log.epoch, 1), '2/2']);
  });

  it('delivers what replaced lost messages, even after many more', async () => {
    const { log, follow, publish } = lab();
    const [subscriber, demo] = [await follow(), await follow(ROLE.joined)];
    publish(log.append(), log.append(), log.append());
    log.loseTail(2);
    for (let n = 0; n < 5; n += 1) log.append();
    publish(log.append());
    await eventually(() => expect(demo.link.frames).toEqual([...frames(1, 1, 3), ...frames(2, 2, 7)]));
    expect(subscriber.link.frames).toEqual([...frames(1, 1, 3), turned(log.epoch, 1), ...frames(2, 2, 7)]);
  });

  it('goes back when messages are lost, and continues in the epoch that follows', async () => {
    const { log, follow, publish, check } = lab();
    const [subscriber, demo] = [await follow(), await follow(ROLE.joined)];
    publish(log.append(), log.append(), log.append());
    const before = log.epoch;
    log.failOver(2);
    check();
    await eventually(() => expect(subscriber.link.frames).toEqual([...frames(1, 1, 3), turned(before, 1)]));
    publish(log.append());
    await eventually(() => expect(demo.link.frames).toEqual([...frames(1, 1, 3), '2/2']));
    expect(subscriber.link.frames.slice(4)).toEqual([turned(log.epoch, 1), '2/2']);
  });

  it('stays where it is when a failover lost nothing, and tells of the epoch only once it begins', async () => {
    const { log, follow, publish, check } = lab();
    const { link } = await follow();
    publish(log.append());
    log.failOver(0);
    check();
    publish(log.append());
    await eventually(() => expect(link.frames).toEqual(['1/1', turned(log.epoch, 1), '2/2']));
  });

  it('counts the epochs that follow another one, and not the first of a log', async () => {
    const count = async () => (await epochChanges.get()).values[0]!.value;
    const { log, follow, publish } = lab();
    log.epoch = NO_EPOCH;
    log.failOver(0);
    const { link } = await follow();
    const before = await count();
    publish(log.append());
    await eventually(() => expect(link.frames).toEqual([turned(log.epoch, 0), '2/1']));
    expect(await count()).toBe(before);
    log.failOver(0);
    publish(log.append());
    await eventually(() => expect(link.frames).toHaveLength(4));
    expect(await count()).toBe(before + 1);
  });

  it('drops a frame that is not in the log, and does not wait for it', async () => {
    const { log, follow, publish, reader } = lab();
    const { link } = await follow();
    publish(log.append());
    const lost = [log.append(), log.append()][1]!;
    log.failOver(2);
    publish(lost);
    await eventually(() => expect(reader.asked).toHaveLength(1));
    publish(log.append());
    await eventually(() => expect(link.frames).toEqual(['1/1', turned(log.epoch, 1), '2/2']));
  });

  it('has everybody reload, and continues near the newest, where nothing is known of the epoch before', async () => {
    const { log, follow, publish } = lab();
    log.isOld = true;
    const [subscriber, demo] = [await follow(), await follow(ROLE.joined)];
    publish(log.append(), log.append(), log.append());
    log.loseTail(0);
    publish(log.append());
    await eventually(() => expect(demo.link.frames).toEqual([...frames(1, 1, 3), '1/3', '2/4']));
    expect(subscriber.link.frames).toEqual([...frames(1, 1, 3), turned(log.epoch, 2), '1/3', '2/4']);
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
    const { log, follow, publish, check } = lab();
    const { link } = await follow();
    publish(log.append());
    log.loseTail(0);
    log.append();
    log.append();
    check();
    await eventually(() => expect(link.frames).toEqual(['1/1', turned(log.epoch, 1), '2/2', '2/3']));
  });

  it('tells those who count Seqs of a hole that the log cannot fill', async () => {
    const { log, follow, publish } = lab();
    const members = [await follow(), await follow(ROLE.joined, true)];
    const demo = await follow(ROLE.joined);
    publish(log.append());
    for (let n = 0; n < 10; n += 1) log.append();
    log.trim(8);
    publish(log.append());
    await eventually(() => expect(demo.link.frames).toEqual(['1/1', ...frames(1, 8, 12)]));
    for (const { link } of members)
      expect(link.frames).toEqual(['1/1', skipped(log.epoch, 7), ...frames(1, 8, 12)]);
  });

  it('has everybody reload when the log is gone, and delivers what comes next', async () => {
    const { log, follow, publish, hub, reader } = lab();
    const [subscriber, demo] = [await follow(), await follow(ROLE.joined)];
    publish(log.append(), log.append());
    reader.logs.clear();
    hub.find('c')!.learn(emptyHead(null), 2);
    await eventually(() => expect(subscriber.link.frames.at(-1)).toEqual(turned(NO_EPOCH, 0)));
    const next = reader.log('c');
    next.loseTail(0);
    publish(next.append());
    await eventually(() => expect(demo.link.frames).toEqual(['1/1', '1/2', '2/1']));
    expect(subscriber.link.frames.slice(3)).toEqual([turned(next.epoch, 0), '2/1']);
    expect(subscriber.link.closed).toBeUndefined();
  });

  it('reads what a check finds, and nothing when all is there', async () => {
    const { log, follow, publish, check, reader } = lab();
    const { link } = await follow();
    publish(log.append());
    check();
    log.append();
    check();
    await eventually(() => expect(link.frames).toEqual(frames(1, 1, 2)));
    expect(reader.asked).toEqual(['c>1']);
  });

  it.each(Array.from({ length: 12 }, (_, seed) => [seed]))(
    'brings each message once and in order, whatever pub/sub loses, doubles and swaps, and whatever members do within a turn (seed %i)',
    async (seed) => {
      const random = seeded(seed + 1);
      const { log, follow, publish, check, reader, follower, subscriber } = lab({
        entries: 7,
        heldBytes: 200,
      });
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
        if (random() < 0.02) check();
      }
      check();
      for (const { membership } of members) void follower.goLive(membership);
      await eventually(() => {
        for (const { link, from } of members) expect(link.frames).toEqual(frames(1, from + 1, 300));
      });
    },
  );

  it.each(Array.from({ length: 12 }, (_, seed) => [seed]))(
    'leaves subscribers with exactly what the log holds, whatever tails Redis loses (seed %i)',
    async (seed) => {
      const random = seeded(seed + 1_000);
      const { log, follow, publish, check, reader, follower } = lab({ entries: 7 });
      reader.before = () => new Promise((resolve) => setImmediate(resolve));
      const members = [await follow(), await follow(), await follow(ROLE.joined, true)];
      // One after the other for each member, as a connection does it.
      const running = new Map<Membership, Promise<void>>();
      const goLive = (member: Membership) =>
        running.set(
          member,
          (running.get(member) ?? Promise.resolve()).then(() => follower.goLive(member)),
        );
      for (let n = 0; n < 300; n += 1) {
        const frame = log.append();
        if (random() < 0.8) publish(frame);
        const lost = Math.floor(random() * 4);
        if (random() < 0.05) log.loseTail(lost);
        if (random() < 0.05) log.failOver(lost);
        if (random() < 0.1) check();
        if (random() < 0.2) await new Promise((resolve) => setImmediate(resolve));
        if (random() < 0.02) members.push(await follow());
        const { membership } = members[Math.floor(random() * members.length)]!;
        if (random() < 0.1) membership.hold();
        if (random() < 0.1) goLive(membership);
      }
      check();
      for (const { membership } of members) goLive(membership);
      await eventually(() => {
        const stored = log.page(0, 1_000, null).frames.map(({ json }) => JSON.parse(textOf(json)) as string);
        for (const { link, held } of members) expect(kept(held, link.frames)).toEqual(stored);
      });
    },
  );
});

/** What a client has that held some messages, and got these frames: it drops what is lost, and reloads nothing. */
function kept(held: readonly string[], received: FakeLink['frames']): string[] {
  const has = [...held];
  for (const frame of received as unknown as (string | ReturnType<typeof turned>)[]) {
    if (typeof frame !== 'string') has.splice(frame.sys.channelEpoch.from);
    else {
      expect(Number(frame.split('/')[1])).toBe(has.length + 1);
      has.push(frame);
    }
  }
  return has;
}
