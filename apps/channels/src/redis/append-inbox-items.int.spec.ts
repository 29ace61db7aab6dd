import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { epochTag, inboxId } from '@parley/contracts';
import { privateChannelOf } from '../channel.js';
import { ChannelLab, message } from '../fixtures/channel-lab.js';
import { newUser } from '../fixtures/people.js';
import type { InboxMessage } from '../inbox/inbox-changes.js';
import { messageJson } from '../message-json.js';
import type { MessageMark } from './retention.js';

const positionOf = ({ stored: { epoch, Seq: seq } }: InboxMessage) => ({ epoch, seq });
const sequence = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

describe('the inbox', () => {
  let lab: ChannelLab;
  beforeAll(() => {
    lab = new ChannelLab();
  });
  afterAll(() => lab.close());

  /** A recipient, and messages to them that are stored in channels. */
  async function setUp() {
    const recipient = randomUUID();
    const log = inboxId(recipient);
    const channels = lab.posts();
    const inboxes = lab.inboxes();
    const frames = await lab.frames(log);
    const logs = lab.logs();
    const one = newUser();
    const stored = async (text: string, sender = one, mark: MessageMark = { clientUUID: randomUUID() }) => {
      const channel = privateChannelOf(sender.UUID, recipient);
      const sent = message(sender, text, { channel, mark });
      const appended = await channels.append(sent);
      const json = messageJson(sent.body, appended);
      return { recipient, channelUUID: channel.channelUUID, mark, stored: appended, json };
    };
    const put = async (text: string, sender = one) => inboxes.put(await stored(text, sender));
    const unread = () => lab.redis.hgetall(lab.keys.unread(recipient));
    return { recipient, log, inboxes, logs, frames, one, stored, put, unread, meta: lab.keys.meta(log) };
  }

  it('shows what it publishes: the message as its channel holds it, after the head of the inbox', async () => {
    const { log, inboxes, logs, frames, stored, recipient } = await setUp();
    const sent = await stored('"quoted" \\ 👩‍👩‍👧‍👦 \u0000');
    await inboxes.put(sent);
    const [channelEntry] = await lab.log(sent.channelUUID);
    const [frame] = await frames.atLeast(1);
    expect(frame).toEqual({
      type: 'inboxItem',
      inboxItem: {
        ...{ seq: 1, kind: 'message', channelUUID: sent.channelUUID },
        ...{ UUID: sent.stored.UUID, messageSeq: 1 },
        message: JSON.parse(channelEntry!.json),
      },
    });
    const { unread: _, ...head } = await inboxes.open(recipient);
    expect(frames.frames[0]).toMatchObject({ seq: 1, epochTag: epochTag(head.epoch) });
    const page = await logs.page(log, { after: 0 });
    const { seq, json } = frames.frames[0]!;
    expect(head).toMatchObject({ seq: 1, first: 1, from: 0, common: 1 });
    expect({ ...head, ...page }).toEqual({ ...head, frames: [{ seq, json }] });
  });

  it('holds a message once, however many replicas put it in at once', async () => {
    const { stored, unread, frames, recipient } = await setUp();
    const replicas = [lab.inboxes(), lab.inboxes()];
    const sent = await stored('once');
    await Promise.all(sequence(200).map((n) => replicas[n % 2]!.put(sent)));
    expect(await unread()).toEqual({ [sent.channelUUID]: '1' });
    expect(await replicas[0]!.open(recipient)).toMatchObject({ seq: 1, unread: 1 });
    expect(await frames.settled()).toHaveLength(1);
  });

  it('numbers what two replicas put in at once without holes, in the order of publication', async () => {
    const { stored, log, frames } = await setUp();
    const replicas = [lab.inboxes(), lab.inboxes()];
    await Promise.all(sequence(200).map(async (n) => replicas[n % 2]!.put(await stored(`m ${n}`))));
    await frames.atLeast(200);
    expect(frames.frames.map(({ seq }) => seq)).toEqual(sequence(200));
    expect((await lab.log(log)).map(({ id }) => id)).toEqual(sequence(200).map((n) => `${n}-0`));
  });

  it('holds many that are put in at once, each once, and counts by Seq what was seen in the same turn', async () => {
    const { recipient, inboxes, stored, unread, log, frames, one } = await setUp();
    const other = newUser();
    const [a, b, c] = [await stored('a'), await stored('b'), await stored('c')];
    const elsewhere = await stored('d', other, { key: 'post-1' });
    await Promise.all([
      ...[a, b, a, elsewhere, c].map((sent) => inboxes.put(sent)),
      inboxes.markSeen(recipient, a.channelUUID, positionOf(b)),
    ]);
    expect(await unread()).toEqual({ [a.channelUUID]: '1', [elsewhere.channelUUID]: '1' });
    const items = await lab.log(log);
    expect(items.map(({ id }) => id)).toEqual(['1-0', '2-0', '3-0', '4-0', '5-0']);
    await frames.atLeast(5);
    expect(frames.frames.map(({ seq }) => seq)).toEqual(sequence(5));
    await Promise.all([elsewhere, c, await stored('e', one)].map((sent) => inboxes.put(sent)));
    expect(await inboxes.open(recipient)).toMatchObject({ seq: 6, unread: 3 });
  });

  it('puts messages into many inboxes in one step, where one that cannot be written fails alone', async () => {
    const [broken, a, b] = [await setUp(), await setUp(), await setUp()];
    const sent = [await a.stored('a'), await broken.stored('none'), await b.stored('b')];
    await lab.redis.set(broken.meta, 'not a hash');
    const inboxes = lab.inboxes();
    const outcomes = await Promise.allSettled(sent.map((each) => inboxes.put(each)));
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    for (const { recipient } of [a, b])
      expect(await inboxes.open(recipient)).toMatchObject({ seq: 1, unread: 1 });
    expect(await broken.unread()).toEqual({});
  });

  it('remembers a message for its time at least, through the generations of its memory', async () => {
    const { recipient, inboxes, stored, log } = await setUp();
    const [first, second, third] = [await stored('first'), await stored('second'), await stored('third')];
    await inboxes.put(first);
    await inboxes.put(second);
    const [younger] = await lab.shards(log, 'posted');
    expect(await lab.redis.pttl(younger!)).toBeGreaterThan(120_000);
    await lab.age(log, 'posted', 119_000); // half its life is over: the next message begins a generation
    await inboxes.put(third);
    const shards = await lab.shards(log, 'posted');
    // Each holds one member more, which marks it.
    expect(await Promise.all(shards.map((set) => lab.redis.scard(set)))).toEqual([2, 3]);
    for (const sent of [first, second, third]) await inboxes.put(sent);
    expect(await inboxes.open(recipient)).toMatchObject({ seq: 3, unread: 3 });
    expect(await lab.redis.pttl(shards[1]!)).toBeLessThanOrEqual(119_000);
  });

  it('finds what the version before put in, and puts there what is new while that lives', async () => {
    const { recipient, inboxes, stored, log } = await setUp();
    const [first, second, third] = [await stored('first'), await stored('second'), await stored('third')];
    await inboxes.put(first);
    await inboxes.put(second);
    await lab.memoryAsBefore(log, 'posted');
    for (const sent of [first, second, third, third, second, first]) await inboxes.put(sent);
    expect(await inboxes.open(recipient)).toMatchObject({ seq: 3, unread: 3 });
    expect(await lab.redis.scard(lab.keys.memory(log, 'posted')[0])).toBe(3);
  });

  it.each([
    ['with a clientUUID', 'posted', { clientUUID: 'c-1' }],
    ['without one', 'handled', { key: 'r-1' }],
  ] as const)('remembers a message %s for at least as long as its channel does', async (_, family, mark) => {
    const { inboxes, stored, log, one } = await setUp();
    const sent = await stored('remembered', one, mark);
    const inChannel = await lab.redis.pttl((await lab.shards(sent.channelUUID, family))[0]!);
    await inboxes.put(sent);
    const inInbox = await lab.redis.pttl((await lab.shards(log, family))[0]!);
    // A record that enters the set just before the rotation stays for half of the set's life at least.
    expect(inInbox / 2).toBeGreaterThanOrEqual(inChannel - 1_000);
    expect(inChannel).toBeGreaterThan(60_000);
  });

  it('keeps at least as many items as it is told, and not many more', async () => {
    const { recipient, stored, log, logs } = await setUp();
    const inboxes = lab.inboxes({ inboxItems: 50 });
    await Promise.all(sequence(1_000).map(async (n) => inboxes.put(await stored(`m ${n}`))));
    const held = (await lab.log(log)).length;
    expect(held).toBeGreaterThanOrEqual(50);
    expect(held).toBeLessThan(200);
    const { epoch } = await inboxes.open(recipient);
    const head = { epoch, seq: 1_000, first: 1_001 - held, from: 0, common: 1_000 };
    expect(await inboxes.open(recipient)).toMatchObject({ ...head, unread: 1_000 });
    expect(await logs.page(log, { after: 990, upTo: 991 })).toMatchObject({
      ...head,
      frames: [{ seq: 991 }],
    });
  });

  it('counts what is unread by channel, until it is seen', async () => {
    const { recipient, inboxes, put, unread, one } = await setUp();
    const other = newUser();
    for (const [sender, text] of [
      [one, 'a'],
      [one, 'b'],
      [other, 'c'],
    ] as const) {
      await put(text, sender);
    }
    expect(await inboxes.open(recipient)).toMatchObject({ seq: 3, unread: 3 });
    const fromOne = privateChannelOf(recipient, one.UUID).channelUUID;
    const fromOther = privateChannelOf(recipient, other.UUID).channelUUID;
    const { head: seen } = await lab.logs().head(fromOne);
    await inboxes.markSeen(recipient, fromOne, seen);
    expect(await unread()).toEqual({ [fromOther]: '1' });
    await inboxes.markSeen(recipient, fromOne, seen);
    expect(await inboxes.open(recipient)).toMatchObject({ seq: 4, unread: 1 });
    await put('d', one);
    expect(await inboxes.open(recipient)).toMatchObject({ seq: 5, unread: 2 });
  });

  it('returns the head and the number of unread messages of one moment', async () => {
    const { recipient, inboxes, stored } = await setUp();
    const messages: InboxMessage[] = await Promise.all(sequence(200).map((n) => stored(`m ${n}`)));
    const readers = sequence(5).map(() => lab.inboxes());
    const putting = Promise.all(messages.map((sent) => inboxes.put(sent)));
    const seen = await Promise.all(
      sequence(100).map((n) => readers[n % 5]!.open(recipient)), // between the others' puts
    );
    await putting;
    for (const { seq, unread } of [...seen, await inboxes.open(recipient)]) expect(unread).toBe(seq);
  });

  describe('begins one epoch where a tail may be lost', () => {
    it('with the next item, which later items keep; opening it writes nothing', async () => {
      const { recipient, inboxes, put, meta, frames } = await setUp();
      await put('a');
      const before = await inboxes.open(recipient);
      await lab.redis.hset(meta, 'replid', '0123456789abcdef');
      const stored = await lab.redis.hgetall(meta);
      expect(await inboxes.open(recipient)).toEqual(before);
      expect(await lab.redis.hgetall(meta)).toEqual(stored);
      await put('b');
      const after = await inboxes.open(recipient, before.epoch);
      expect(after).toMatchObject({ seq: 2, first: 1, from: 1, common: 1 });
      expect(after.epoch).not.toBe(before.epoch);
      await put('c');
      expect(await inboxes.open(recipient)).toMatchObject({ epoch: after.epoch, seq: 3, common: 3 });
      await frames.atLeast(3);
      const tags = [before, after, after].map(({ epoch }) => epochTag(epoch));
      expect(frames.frames.map((frame) => frame.epochTag)).toEqual(tags);
    });

    it('when count and log disagree as an item is put in, and continues above both', async () => {
      const { recipient, inboxes, put, meta, log } = await setUp();
      await put('a');
      await put('b');
      const { epoch } = await inboxes.open(recipient);
      await lab.redis.hset(meta, 'seq', 1);
      await put('c');
      const behind = await inboxes.open(recipient);
      expect(behind).toMatchObject({ seq: 3, first: 1 });
      expect(behind.epoch).not.toBe(epoch);
      await lab.redis.del(lab.keys.log(log));
      await put('d');
      const after = await inboxes.open(recipient);
      expect(after).toMatchObject({ seq: 4, first: 4 });
      expect(after.epoch).not.toBe(behind.epoch);
      await lab.redis.hset(meta, 'seq', 5);
      expect(await inboxes.open(recipient)).toMatchObject({ epoch: after.epoch, seq: 4, common: 4 });
      await lab.redis.del(lab.keys.log(log));
      expect(await inboxes.open(recipient)).toMatchObject({ seq: 0, first: 1, common: 0 });
    });
  });
});
