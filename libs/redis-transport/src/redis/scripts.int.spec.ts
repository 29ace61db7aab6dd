import { afterAll, afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { eventually, startRedis, testRedis } from '@parley/testing';
import { Redis } from 'ioredis';
import { field } from '../wire-format.js';
import { appendEvents } from './append-events.js';
import { claimKeys } from './claim-keys.js';
import { BATCH_WINDOW, enqueueRequests, NOT_READ } from './enqueue-requests.js';
import { type FinishRequests, finishRequests } from './finish-requests.js';
import { forgetReplies } from './forget-replies.js';
import { TransportKeys } from './keys.js';
import { forgetReaders, noteReader } from './lane-readers.js';
import { leaveGroup, removeSilentConsumers } from './leave-group.js';
import { readClock } from './read-clock.js';
import { renewHold } from './renew-hold.js';
import { setAsideEntry } from './set-aside-entry.js';
import { splitEntry } from './split-entry.js';
import { takeOver } from './take-over.js';

jest.setTimeout(60_000);

const shared = testRedis();
const redis = shared.connect();
const GROUP = 'scripts';
let keys: TransportKeys;
let names: { requests: string; partial: string; depth: string; sent: string };
let lastTest = 0;

beforeEach(async () => {
  keys = new TransportKeys(`${shared.prefix}-${++lastTest}`, GROUP);
  names = { requests: keys.requests(), partial: keys.partial(), depth: keys.depth(), sent: keys.sent('c') };
  await redis.xgroup('CREATE', names.requests, GROUP, '0', 'MKSTREAM');
});

afterEach(async () => {
  await redis.del(...Object.values(names), keys.dead(), keys.done('k'), keys.events(), keys.eventsSent('c'));
});
afterAll(() => redis.quit());

const enqueue = (batch: number, size = 1, maxQueue = 100) =>
  enqueueRequests(redis, names, { batch, maxQueue, size, body: `{"batch":${batch}}` });
const depth = async () => Number(await redis.get(names.depth));
const read = async (consumer: string, count = 100) => {
  const reply = (await redis.xreadgroup(
    'GROUP',
    GROUP,
    consumer,
    'COUNT',
    count,
    'STREAMS',
    names.requests,
    '>',
  )) as [string, [string, string[]][]][] | null;
  return (reply?.[0]?.[1] ?? []).map(([id]) => id);
};
const turn = (parts: Partial<FinishRequests>): FinishRequests => ({
  group: GROUP,
  entries: [],
  outcomes: [],
  replies: [],
  marks: [],
  ...parts,
});
const finish = (parts: Partial<FinishRequests>) => finishRequests(redis, names, turn(parts));
const look = (consumer: string, more = {}) =>
  takeOver(
    redis,
    { stream: names.requests, partial: names.partial },
    { group: GROUP, consumer, minIdleMs: 0, limit: 10, maxTries: 3, lastTryFree: true, from: '-', ...more },
  );
const take = async (consumer: string, more = {}) => (await look(consumer, more)).taken;

describe('noteReader', () => {
  it('notes a reader for a time, and prolongs it', async () => {
    const readers = keys.readers();
    await noteReader(redis, readers, 1_000);
    await noteReader(redis, readers, 60_000);
    expect(await redis.pttl(readers)).toBeGreaterThan(1_000);
    await forgetReaders(redis, readers);
    expect(await redis.exists(readers)).toBe(0);
  });
});

describe('enqueueRequests', () => {
  it('stores a batch once, however often and in whatever order batches are sent', async () => {
    for (const batch of [1, 3, 2, 1, 2, 3]) expect(await enqueue(batch, 2)).toBe(-1);
    expect([await redis.xlen(names.requests), await depth()]).toEqual([3, 6]);
  });

  it('stores nothing in a lane that nobody reads, unless the batch is stored already', async () => {
    const readers = keys.readers();
    const send = (batch: number) =>
      enqueueRequests(redis, { ...names, readers }, { batch, maxQueue: 100, size: 1, body: '{}' });
    expect(await send(1)).toBe(NOT_READ);
    expect(await redis.exists(names.depth, names.sent)).toBe(0);
    await noteReader(redis, readers, 10_000);
    expect(await send(1)).toBe(-1);
    await forgetReaders(redis, readers);
    expect([await send(1), await send(2)]).toEqual([-1, NOT_READ]);
    expect([await redis.xlen(names.requests), await depth()]).toEqual([1, 1]);
  });

  it('remembers each of the latest batches, and lets their numbers rise for ever', async () => {
    for (let batch = 1; batch <= BATCH_WINDOW * 2; batch++) await enqueue(batch, 1, 1_000);
    for (let batch = BATCH_WINDOW + 1; batch <= BATCH_WINDOW * 2; batch++) await enqueue(batch, 1, 1_000);
    expect(await depth()).toBe(BATCH_WINDOW * 2);
    expect(await redis.strlen(names.sent)).toBe(BATCH_WINDOW * 12);
  });

  it('says how much room there is when a batch does not fit, and stores none of it', async () => {
    expect(await enqueue(1, 7, 10)).toBe(-1);
    expect(await enqueue(2, 4, 10)).toBe(3);
    expect(await enqueue(3, 3, 10)).toBe(-1);
    expect(await enqueue(4, 1, 10)).toBe(0);
    expect(await depth()).toBe(10);
  });
});

describe('appendEvents', () => {
  it('stores a batch of events once', async () => {
    const names = { events: keys.events(), sent: keys.eventsSent('c') };
    const events = [
      { pattern: 'a', json: '1' },
      { pattern: 'b', json: '2' },
    ];
    for (const batch of [1, 1, 2])
      await appendEvents(redis, names, { batch, maxEvents: 100, maxEventsBytes: 10_000, events });
    expect(await redis.xlen(names.events)).toBe(4);
  });

  it('drops the oldest events beyond the bound of bytes, but never the newest', async () => {
    const names = { events: keys.events(), sent: keys.eventsSent('c') };
    const bounds = { maxEvents: 10_000, maxEventsBytes: 10_000 };
    const append = (batch: number, sizes: number[]) => {
      const events = sizes.map((size) => ({ pattern: 'a', json: 'x'.repeat(size - 1) }));
      return appendEvents(redis, names, { batch, ...bounds, events });
    };
    await append(1, Array(8).fill(1_000));
    // The version before, and a replay, write no sum.
    await redis.xadd(names.events, '*', 'p', 'a', 'e', 'x'.repeat(999));
    await append(2, [1_000]);
    expect(await redis.xlen(names.events)).toBe(10);
    await append(3, [1_500]);
    expect(await redis.xlen(names.events)).toBe(9);
    for (let batch = 4; batch < 11; batch++) await append(batch, [1_000]);
    expect(await redis.xlen(names.events)).toBe(9);
    await append(11, [50_000]);
    expect(await redis.xlen(names.events)).toBe(1);
  });
});

describe('finishRequests', () => {
  it('removes an entry and its share of the queue once, when it is sent twice', async () => {
    await enqueue(1, 5);
    await enqueue(2, 2);
    const [id] = await read('a');
    const entries = [{ id: id!, size: 5, marked: false }];
    for (const _ of [1, 2]) await finish({ entries });
    expect([await redis.xlen(names.requests), await depth()]).toEqual([1, 2]);
  });

  it('tells which replies nobody received', async () => {
    const listener = shared.connect();
    try {
      await listener.subscribe(keys.reply('here'));
      const reply = (client: string) => ({
        sharded: false,
        channel: keys.reply(client),
        body: '{}',
        until: 0,
      });
      const replies = [reply('gone'), reply('here'), reply('away')];
      expect(await finish({ replies })).toEqual([replies[0], replies[2]]);
    } finally {
      listener.disconnect();
    }
  });

  it('collects marks of several turns, drops them with the entry, and accepts none for a settled one', async () => {
    await enqueue(1, 5);
    const [id] = (await read('a')) as [string];
    await finish({ marks: [[id, '0,3']] });
    await finish({ marks: [[id, '1']] });
    const [taken] = await take('b');
    expect(taken).toMatchObject({ id, verdict: 'split', tries: 1, finished: new Set([0, 3, 1]) });
    await finish({ entries: [{ id, size: 5, marked: true }] });
    await finish({ marks: [[id, '4']] });
    expect(await redis.exists(names.partial)).toBe(0);
  });

  const outcome = (claim: string, reply = '', entryId = '1-0') => ({
    key: keys.done('k'),
    claim,
    entryId,
    reply,
    ttlMs: 600_000,
  });

  it('stores a reply under its key, and gives up its own claim, but ends no other claim', async () => {
    const { key } = outcome('');
    await redis.set(key, 'C2-0/0|b|x', 'PX', 1_000);
    await finish({ outcomes: [outcome('C1-0/0|a|x')] });
    await finish({ outcomes: [outcome('C1-0/0|a|x', 'V["late"]')] });
    expect(await redis.get(key)).toBe('C2-0/0|b|x');
    await finish({ outcomes: [outcome('C2-0/0|b|x')] });
    expect(await redis.get(key)).toBeNull();
    await finish({ outcomes: [outcome('C1-0/0|a|x', 'V[]')] });
    expect(await redis.get(key)).toBe('V[]');
    expect(await redis.pttl(key)).toBeGreaterThan(500_000);
  });

  it('leaves a stored reply as it is when a replica that is late, or says it again, has another', async () => {
    const { key } = outcome('');
    await redis.set(key, 'V["first"]', 'PX', 300_000);
    await finish({ outcomes: [outcome('C1-0/0|a|x', 'V["late"]')] });
    await finish({ outcomes: [outcome('C1-0/0|a|x')] });
    expect(await redis.get(key)).toBe('V["first"]');
    expect(await redis.pttl(key)).toBeLessThanOrEqual(300_000);
  });

  it('leaves an entry to the replica that has taken it over together with its claim', async () => {
    await enqueue(1);
    const [id] = (await read('a')) as [string];
    await redis.xclaim(names.requests, GROUP, 'b', 0, id);
    await redis.set(keys.done('k'), `C${id}/0|b|x`);
    const entries = [{ id, size: 1, marked: false }];
    await finish({ entries, outcomes: [outcome(`C${id}/0|a|x`, 'V["late"]', id)] });
    expect([await redis.xlen(names.requests), await depth()]).toEqual([1, 1]);
    expect((await redis.xpending(names.requests, GROUP))[0]).toBe(1);
    await finish({ entries, outcomes: [outcome(`C${id}/0|b|x`, 'V["right"]', id)] });
    expect([await redis.xlen(names.requests), await depth()]).toEqual([0, 0]);
    expect(await redis.get(keys.done('k'))).toBe('V["right"]');
  });

  it('claims keys, marks and stores replies even at maxmemory', async () => {
    const own = await startRedis({ args: ['--maxmemory-policy', 'noeviction'] });
    const full = new Redis(own.url);
    try {
      await full.xgroup('CREATE', names.requests, GROUP, '0', 'MKSTREAM');
      await enqueueRequests(full, names, { batch: 1, maxQueue: 100, size: 2, body: '{}' });
      await full.xreadgroup('GROUP', GROUP, 'a', 'STREAMS', names.requests, '>');
      const [entry] = await full.xrange(names.requests, '-', '+');
      await full.config('SET', 'maxmemory', '1');
      await expect(full.set('x', 1)).rejects.toThrow(/OOM/);
      await finishRequests(full, names, turn({ marks: [[entry![0], '1']] }));
      expect(await full.hget(names.partial, entry![0])).toBe('1,');
      const kept = outcome(`C${entry![0]}/0|a|x`, 'V[]');
      const claims = { group: GROUP, consumer: 'a', leaseMs: 1_000, claims: [kept] };
      expect(await claimKeys(full, names, claims)).toEqual(['']);
      expect(await full.get(kept.key)).toBe(kept.claim);
      await finishRequests(full, names, turn({ outcomes: [kept] }));
      expect(await full.get(keys.done('k'))).toBe('V[]');
    } finally {
      full.disconnect();
      await own.remove();
    }
  });
});

describe('takeOver', () => {
  it('leaves alone entries that have not been idle for long enough', async () => {
    await enqueue(1);
    await read('a');
    expect(await take('b', { minIdleMs: 60_000 })).toEqual([]);
  });

  it('lets a replica have one last try at a time, and sets aside after it', async () => {
    for (const batch of [1, 2]) await enqueue(batch);
    await read('a');
    expect((await take('b')).map(({ verdict, tries }) => [verdict, tries])).toEqual([
      ['retry', 1],
      ['retry', 1],
    ]);
    expect(await take('c', { lastTryFree: false })).toEqual([]);
    const [last, ...others] = await take('c');
    expect([last?.verdict, last?.tries, others]).toEqual(['retry', 2, []]);
    const [exhausted, other] = await take('d');
    expect([exhausted?.id, exhausted?.verdict, exhausted?.tries]).toEqual([last?.id, 'exhausted', 3]);
    expect(other).toMatchObject({ verdict: 'retry', tries: 2 });
  });

  it.each([
    ['n', 'many'],
    ['t', 'often'],
    ['t', 'nan'],
    ['n', '1e3'],
  ])('is not stopped by an entry whose %s is %s', async (name, value) => {
    await redis.xadd(names.requests, '*', name, value);
    await enqueue(1);
    await read('a');
    expect((await take('b')).map(({ verdict, tries }) => [verdict, tries])).toEqual([
      ['retry', 1],
      ['retry', 1],
    ]);
  });

  it('goes on where it stopped, so that entries that must wait hide none', async () => {
    for (let batch = 1; batch <= 5; batch++) await enqueue(batch);
    await read('a');
    for (const consumer of ['b', 'c']) await take(consumer, { limit: 3, lastTryFree: consumer === 'b' });
    // Three have had two tries, and wait for their last; two have had one.
    const waiting = { limit: 3, lastTryFree: false };
    const first = await look('d', waiting);
    expect(first.taken).toEqual([]);
    const second = await look('d', { ...waiting, from: first.next });
    expect(second.taken.map(({ tries }) => tries)).toEqual([1, 1]);
    expect(second.next).toBe('-');
  });

  it('sees no batch in an event, whatever it says: it would never be exhausted', async () => {
    const stream = keys.events();
    await redis.xgroup('CREATE', stream, GROUP, '0', 'MKSTREAM');
    await redis.xadd(stream, '*', 'n', '2', 't', '1', 'p', 'x', 'e', '{}');
    await redis.xreadgroup('GROUP', GROUP, 'a', 'STREAMS', stream, '>');
    const verdicts: unknown[] = [];
    for (const consumer of ['b', 'c', 'd']) {
      const request = { group: GROUP, consumer, minIdleMs: 0, limit: 10, maxTries: 3, lastTryFree: true };
      const { taken } = await takeOver(redis, { stream, partial: stream }, { ...request, from: '-' });
      verdicts.push(...taken.map(({ verdict, tries }) => [verdict, tries]));
    }
    expect(verdicts).toEqual([
      ['retry', 1],
      ['retry', 2],
      ['exhausted', 3],
    ]);
  });

  it('settles entries that are gone from the stream, and says so', async () => {
    await enqueue(1);
    const [id] = (await read('a')) as [string];
    await redis.xdel(names.requests, id);
    expect(await take('b')).toMatchObject([{ id, verdict: 'gone' }]);
    expect(await take('b')).toEqual([]);
    expect((await redis.xpending(names.requests, GROUP))[0]).toBe(0);
  });
});

describe('splitEntry', () => {
  it('replaces a batch once, and counts what is left', async () => {
    await enqueue(1, 5);
    const [id] = (await read('a')) as [string];
    const split = { group: GROUP, entry: { id, size: 5, tries: 1 }, bodies: ['{"x":1}', '{"x":2}'] };
    expect(await splitEntry(redis, names, split)).toBe(true);
    expect(await splitEntry(redis, names, split)).toBe(false);
    expect([await redis.xlen(names.requests), await depth()]).toEqual([2, 2]);
    // The delivery of the batch counts for each of its requests.
    await read('a');
    expect(await take('b')).toMatchObject([{ verdict: 'retry', tries: 2 }]);
  });
});

describe('setAsideEntry', () => {
  it('moves an entry once', async () => {
    await enqueue(1);
    const [id] = (await read('a')) as [string];
    const record = { reason: 'r', pattern: 'p', tries: 3, requestedAt: 1, payload: '{}' };
    const aside = { group: GROUP, entry: { id, size: 1 }, maxDead: 100, maxDeadBytes: 10_000, record };
    const place = { stream: names.requests, dead: keys.dead(), depth: names.depth };
    expect(await setAsideEntry(redis, place, aside)).toBe(true);
    expect(await setAsideEntry(redis, place, aside)).toBe(false);
    expect([await redis.xlen(keys.dead()), await redis.xlen(names.requests), await depth()]).toEqual([
      1, 0, 0,
    ]);
  });

  it('does not count below zero for an entry that was never counted', async () => {
    const id = (await redis.xadd(names.requests, '*', 'x', 'y'))!;
    await read('a');
    const record = { reason: 'r', pattern: '', tries: 1, requestedAt: 1, payload: '' };
    const place = { stream: names.requests, dead: keys.dead(), depth: names.depth };
    await setAsideEntry(redis, place, {
      group: GROUP,
      entry: { id, size: 1 },
      maxDead: 100,
      maxDeadBytes: 10_000,
      record,
    });
    expect([await redis.xlen(names.requests), await depth()]).toEqual([0, 0]);
  });
});

describe('setAsideEntry, bounded', () => {
  const setAside = (id: string, payload: string, maxDeadBytes: number) => {
    const record = { reason: 'r', pattern: 'p', tries: 3, requestedAt: 1, payload };
    const aside = { group: '', entry: { id, size: 0 }, maxDead: 100, maxDeadBytes, record };
    return setAsideEntry(redis, { stream: keys.events(), dead: keys.dead() }, aside);
  };

  it('keeps whole payloads up to a number of bytes, the newest ones', async () => {
    const payload = 'é'.repeat(1_000);
    for (let n = 1; n <= 7; n++) await setAside(`${n}-0`, payload, 10_000);
    const entries = await redis.xrange(keys.dead(), '-', '+');
    expect(entries.map(([, fields]) => field(fields, 'entry'))).toEqual(['3-0', '4-0', '5-0', '6-0', '7-0']);
    expect(field(entries[0]![1], 'payload')).toBe(payload);
  });

  it('keeps the beginning of a payload that is larger than all may be, and says so', async () => {
    await setAside('1-0', 'é'.repeat(10_000), 3_000);
    const [entry] = await redis.xrange(keys.dead(), '-', '+');
    expect(Buffer.byteLength(field(entry![1], 'payload')!)).toBeLessThanOrEqual(3_000);
    expect(field(entry![1], 'cut')).toBe('20000');
  });
});

describe('forgetReplies', () => {
  it('keeps that the request was handled, no longer than before, and leaves claims alone', async () => {
    const [kept, claimed, gone] = ['a', 'b', 'c'].map((name) => keys.done(name)) as [string, string, string];
    await redis.set(kept, 'V[1]', 'PX', 60_000);
    await redis.set(claimed, 'C1|a|x', 'PX', 60_000);
    expect(await forgetReplies(redis, [kept, claimed, gone])).toBe(1);
    expect(await redis.mget(kept, claimed, gone)).toEqual(['V', 'C1|a|x', null]);
    expect(await redis.pttl(kept)).toBeGreaterThan(30_000);
    await redis.del(kept, claimed);
  });
});

const claim = async (text: string, entryId = '1-0', leaseMs = 1_000) => {
  const claims = [{ key: keys.done('k'), claim: text, entryId }];
  const consumer = text.split('|')[1]!;
  return (await claimKeys(redis, names, { group: GROUP, consumer, leaseMs, claims }))[0];
};

describe('claimKeys', () => {
  it('gives a key to one request, to the same one again, and to none once a reply is there', async () => {
    expect(await claim('C1-0/0|a|x')).toBe('');
    expect(await claim('C1-0/1|a|x')).toBe('C1-0/0|a|x');
    expect(await claim('C1-0/0|a|x')).toBe('');
    await redis.set(keys.done('k'), 'V[1]');
    expect(await claim('C1-0/0|a|x')).toBe('V[1]');
  });

  it('moves the claim to the replica that takes the request over, and not back to one that is late', async () => {
    await enqueue(1);
    const [id] = (await read('a')) as [string];
    expect(await claim('C7-0/0|a|x', id)).toBe('');
    await redis.xclaim(names.requests, GROUP, 'b', 0, id);
    expect(await claim('C7-0/0|b|x', id)).toBe('');
    expect(await claim('C7-0/0|a|x', id)).toBe('C7-0/0|b|x');
    expect(await redis.get(keys.done('k'))).toBe('C7-0/0|b|x');
  });

  it('lapses unless it is renewed', async () => {
    await claim('C1-0/0|a|x', '1-0', 50);
    await eventually(async () => (await claim('C2-0/0|b|y', '2-0', 50)) === '');
  });
});

describe('renewHold', () => {
  const renew = (ids: string[], claims: string[] = []) =>
    renewHold(
      redis,
      { stream: names.requests },
      {
        group: GROUP,
        consumer: 'a',
        leaseMs: 1_000,
        claims: claims.map((text) => ({ key: keys.done('k'), claim: text })),
        ids,
      },
    );

  it('tells of any number of claims that were lost, and takes any number of arguments', async () => {
    const claims = Array.from({ length: 60_000 }, (_, n) => ({
      key: keys.done('k'),
      claim: `C1-0/${n}|a|x`,
    }));
    await redis.set(keys.done('k'), 'V[]', 'PX', 10_000);
    const hold = { group: GROUP, consumer: 'a', leaseMs: 1_000, claims, ids: [] };
    const { lost } = await renewHold(redis, { stream: names.requests }, hold);
    expect(lost).toHaveLength(60_000);
  });

  it('keeps what it still holds, and does not reclaim what it has lost', async () => {
    for (const batch of [1, 2]) await enqueue(batch);
    const ids = await read('a');
    await redis.xclaim(names.requests, GROUP, 'b', 0, ids[1]!);
    expect(await renew(ids)).toEqual({ renewed: 1, lost: [] });
    const pending = (await redis.xpending(names.requests, GROUP, '-', '+', 10)) as [
      string,
      string,
      number,
      number,
    ][];
    expect(pending.map(([, consumer, , tries]) => [consumer, tries])).toEqual([
      ['a', 1],
      ['b', 2],
    ]);
  });

  it.each(['V["stored"]', 'C1-0/0|b|x', 'C2-0/0|b|x'])(
    'changes the life of its own claim only, not that of %s',
    async (value) => {
      const key = keys.done('k');
      await redis.set(key, 'C1-0/0|a|x', 'PX', 100_000);
      await renew([], ['C1-0/0|a|x']);
      expect(await redis.pttl(key)).toBeLessThanOrEqual(1_000);
      await redis.set(key, value, 'PX', 100_000);
      expect(await renew([], ['C1-0/0|a|x'])).toMatchObject({ lost: [{ claim: 'C1-0/0|a|x' }] });
      expect(await redis.pttl(key)).toBeGreaterThan(50_000);
    },
  );
});

describe('leaveGroup', () => {
  it('removes a consumer that holds nothing, and no other', async () => {
    await enqueue(1);
    await read('a');
    await redis.xgroup('CREATECONSUMER', names.requests, GROUP, 'idle');
    expect(await leaveGroup(redis, names.requests, { group: GROUP, consumer: 'a' })).toBe(false);
    expect(await removeSilentConsumers(redis, names.requests, { group: GROUP, minIdleMs: 60_000 })).toBe(0);
    expect(await leaveGroup(redis, names.requests, { group: GROUP, consumer: 'idle' })).toBe(true);
    expect((await redis.xinfo('CONSUMERS', names.requests, GROUP)) as unknown[]).toHaveLength(1);
  });
});

describe('readClock', () => {
  it("reads Redis's clock in milliseconds", async () => {
    const [seconds] = await redis.time();
    expect(Math.abs((await readClock(redis, names.requests)) - Number(seconds) * 1_000)).toBeLessThan(5_000);
  });
});
