import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { inboxId } from '@parley/contracts';
import { type Channel, privateChannelOf } from '../channel.js';
import { ChannelLab, message } from '../fixtures/channel-lab.js';
import { newUser } from '../fixtures/people.js';
import type { InboxMessage } from '../inbox/inbox-changes.js';
import { messageJson } from '../message-json.js';

describe('what is unread', () => {
  let lab: ChannelLab;
  beforeAll(() => {
    lab = new ChannelLab();
  });
  afterAll(() => lab.close());

  /** Two users, what each writes to the other, and two replicas that note it in the inbox of the second. */
  function setUp() {
    const [ada, bob] = [newUser('ada'), newUser('bob')];
    const toBob = privateChannelOf(ada.UUID, bob.UUID);
    const posts = lab.posts();
    const store = async (sender: typeof ada, channel: Channel) => {
      const mark = { key: randomUUID() };
      const sent = message(sender, 'text', { channel, mark });
      return { mark, stored: await posts.append(sent), body: sent.body };
    };
    const { channelUUID, recipientUUID: recipient } = toBob;
    /** A message of Ada's, which is not in Bob's inbox yet. */
    const fromAda = async (): Promise<InboxMessage> => {
      const { mark, stored, body } = await store(ada, toBob);
      return { recipient, channelUUID, mark, stored, json: messageJson(body, stored) };
    };
    /** The same message as it is put in when it is sent again. */
    const again = async (sent: InboxMessage): Promise<InboxMessage> => {
      const { mark } = sent;
      const stored = await posts.append(message(ada, 'text', { channel: toBob, mark }));
      return { ...sent, stored };
    };
    /** A message of Bob's, by which he has read the channel. */
    const fromBob = async () => {
      const { stored } = await store(bob, privateChannelOf(bob.UUID, ada.UUID));
      return { epoch: stored.epoch, seq: stored.Seq };
    };
    const [one, other] = [lab.inboxes(), lab.inboxes()];
    const seen = (position: { epoch: string; seq: number }) =>
      other.markSeen(recipient, channelUUID, position);
    const unread = async () => (await one.open(recipient)).unread;
    const items = async () =>
      (await lab.log(inboxId(recipient))).map(({ json }) => JSON.parse(json) as Record<string, unknown>);
    return { recipient, channelUUID, again, fromAda, fromBob, one, other, seen, unread, items };
  }

  it.each([
    [1, 0],
    [0, 1],
  ])(
    'is the same whichever replica writes first: what was read before, or after, the message that is put in',
    async (first, last) => {
      const { fromAda, fromBob, one, seen, unread } = setUp();
      const before = await fromAda();
      const answer = await fromBob();
      const changes = [() => one.put(before), () => seen(answer)];
      await changes[first]!();
      await changes[last]!();
      expect(await unread()).toBe(0);
      const [earlier, later] = [await fromBob(), await fromAda()];
      const more = [() => one.put(later), () => seen(earlier)];
      await more[first]!();
      await more[last]!();
      expect(await unread()).toBe(1);
    },
  );

  it('counts messages that are put in late, in any order, each once', async () => {
    for (const order of [
      [0, 1, 2],
      [2, 1, 0],
      [1, 2, 0],
      [2, 0, 1],
    ]) {
      const { fromAda, fromBob, one, seen, unread } = setUp();
      const messages = [await fromAda(), await fromAda(), await fromAda()];
      for (const at of order) for (let time = 0; time < 2; time += 1) await one.put(messages[at]!);
      expect(await unread()).toBe(3);
      const answer = await fromBob();
      const next = [await fromAda(), await fromAda(), await fromAda()];
      for (const at of order) await one.put(next[at]!);
      await seen(answer);
      expect(await unread()).toBe(3);
    }
  });

  it('leaves out what a message shows to be read: a run of own messages, of which only the first is noted', async () => {
    const { fromAda, fromBob, one, seen, unread } = setUp();
    await one.put(await fromAda());
    await seen(await fromBob());
    await fromBob();
    await fromBob();
    await one.put(await fromAda());
    expect(await unread()).toBe(1);
  });

  it('leaves out such a run where the message after it is sent again, because a replica died before it was put in', async () => {
    const { again, fromAda, fromBob, one, seen, unread } = setUp();
    await one.put(await fromAda());
    await seen(await fromBob());
    await fromBob();
    await one.put(await again(await fromAda()));
    expect(await unread()).toBe(1);
  });

  it('is an item where it goes down, once', async () => {
    const { channelUUID, fromAda, fromBob, one, seen, items } = setUp();
    await one.put(await fromAda());
    const answer = await fromBob();
    await seen(answer);
    await seen(answer);
    await seen(await fromBob());
    expect((await items()).slice(1)).toEqual([{ seq: 2, kind: 'read', channelUUID, readSeq: 2 }]);
    const again = await fromAda();
    await one.put(again);
    await one.put(again);
    expect(await items()).toHaveLength(3);
  });

  it('continues from what the version before has counted', async () => {
    const { recipient, channelUUID, fromAda, fromBob, one, seen, unread } = setUp();
    const old = lab.keys.unread(recipient);
    for (let time = 0; time < 4; time += 1) await fromAda();
    await lab.redis.hset(old, channelUUID, 2);
    expect(await unread()).toBe(2);
    await one.put(await fromAda());
    expect(await unread()).toBe(3);
    // That version reads and writes the same numbers meanwhile.
    await lab.redis.hdel(old, channelUUID);
    await one.put(await fromAda());
    expect(await lab.redis.hget(old, channelUUID)).toBe('1');
    await seen(await fromBob());
    expect(await lab.redis.hget(old, channelUUID)).toBeNull();
  });

  it('does not count what the version before has read before there was a place', async () => {
    const { fromAda, one, unread } = setUp();
    for (let time = 0; time < 4; time += 1) await fromAda();
    await one.put(await fromAda());
    expect(await unread()).toBe(1);
  });

  describe('after Redis has lost the newest entries of a channel', () => {
    /** Removes the entries after `seq`, and has the next entry begin an epoch. */
    const lose = async (channelUUID: string, seq: number) => {
      const [log, meta] = [lab.keys.log(channelUUID), lab.keys.meta(channelUUID)];
      const kept = await lab.redis.xrange(log, '-', seq);
      await lab.redis.del(log, ...lab.keys.memory(channelUUID, 'handled'));
      for (const [id, fields] of kept) await lab.redis.xadd(log, id, ...fields);
      await lab.redis.hset(meta, 'seq', seq, 'replid', 'another history');
    };

    it('counts messages that have the Seqs of lost ones, although their user had read those', async () => {
      const { channelUUID, fromAda, fromBob, one, seen, unread } = setUp();
      for (let time = 0; time < 4; time += 1) await one.put(await fromAda());
      await seen(await fromBob());
      await lose(channelUUID, 2);
      const [first, second] = [await fromAda(), await fromAda()];
      await Promise.all([one.put(second), one.put(first)]);
      expect(await unread()).toBe(2);
      await seen(await fromBob());
      await one.put(await fromAda());
      expect(await unread()).toBe(1);
    });

    it('leaves out a run of own messages that came before the loss', async () => {
      const { channelUUID, fromAda, fromBob, one, seen, unread } = setUp();
      await one.put(await fromAda());
      await seen(await fromBob());
      await fromBob();
      await lose(channelUUID, 3);
      await one.put(await fromAda());
      expect(await unread()).toBe(1);
    });

    it('keeps what both have in common, and is right for a change of the lost epoch that comes late', async () => {
      const { channelUUID, fromAda, fromBob, one, seen, unread } = setUp();
      await one.put(await fromAda());
      await seen(await fromBob());
      await one.put(await fromAda());
      const [late, answer] = [await fromAda(), await fromBob()];
      await lose(channelUUID, 3);
      expect(await unread()).toBe(1);
      await one.put(await fromAda());
      expect(await unread()).toBe(2);
      await one.put(late);
      expect(await unread()).toBe(2);
      await seen(answer);
      expect(await unread()).toBe(1);
    });
  });
});
