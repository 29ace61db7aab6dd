import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { type Identity, inboxId, privateChannel } from '@parley/contracts';
import { eventually } from '@parley/testing';
import { ChannelLab } from '../fixtures/channel-lab.js';
import { ReceivedWorld } from '../fixtures/received-world.js';
import { textFields } from '../message-json.js';
import { PurgeRepository } from '../purge/purge.repository.js';

const edit = (text: string) => ({ kind: 'edit', fields: textFields(text, []) }) as const;

describe('what a user has received', () => {
  let lab: ChannelLab;
  let world: ReceivedWorld;
  beforeAll(() => {
    lab = new ChannelLab();
    world = new ReceivedWorld(lab);
  });
  afterAll(() => lab.close());

  const listed = (user: Identity) => lab.redis.zrange(lab.keys.received(user.UUID), '0', '-1');

  describe('is listed over all channels', () => {
    it('in the order of time, the newest first, without what the user has sent', async () => {
      const [ada, bob, eve] = [world.person(), world.person(), world.person()];
      for (let n = 0; n < 6; n += 1) {
        await world.send(n % 2 ? bob : eve, ada, `to ada ${n}`);
        await world.send(ada, bob, `to bob ${n}`);
      }
      expect((await world.page(ada)).messages).toMatchObject(
        [5, 4, 3, 2, 1, 0].map((n) => ({
          Message: `to ada ${n}`,
          SenderUUID: (n % 2 ? bob : eve).UUID,
          Sender: { OnLine: true },
        })),
      );
      expect(await world.textsOf(eve)).toEqual([]);
    });

    it('in pages that neither repeat nor leave out a message, whatever comes meanwhile', async () => {
      const ada = world.person();
      const others = [world.person(), world.person(), world.person()];
      const sent = Array.from({ length: 25 }, (_, n) => `text ${n}`);
      for (const [n, text] of sent.entries()) await world.send(others[n % 3]!, ada, text);
      const pages: string[][] = [];
      let cursor: string | undefined;
      do {
        const page = await world.page(ada, 10, cursor);
        pages.push(page.messages.map(({ Message }) => Message));
        cursor = page.cursor;
        await world.send(others[0]!, ada, 'meanwhile');
      } while (cursor !== undefined);
      expect(pages.map((page) => page.length)).toEqual([10, 10, 5]);
      expect(pages.flat()).toEqual(sent.reverse());
    });

    it('beyond the items that the inbox keeps', async () => {
      const few = new ReceivedWorld(lab, { inboxItems: 1 });
      const [ada, bob] = [few.person(), few.person()];
      for (let n = 0; n < 300; n += 1) await few.send(bob, ada, `text ${n}`);
      expect(await lab.redis.xlen(lab.keys.log(inboxId(ada.UUID)))).toBeLessThan(300);
      expect(await few.textsOf(ada, 100)).toHaveLength(300);
    });

    it('from no cursor but those of its answers', async () => {
      const ada = world.person();
      for (const cursor of ['', '+', '1', `(${'a'.repeat(43)}`])
        await expect(world.page(ada, 10, cursor)).rejects.toMatchObject({ name: 'INVALID_FIELD' });
    });

    it('as many as have room, where they are long', async () => {
      const [ada, bob] = [world.person(), world.person()];
      for (let n = 0; n < 30; n += 1) await world.send(bob, ada, `${n} ${'😀'.repeat(4_000)}`);
      const page = await world.page(ada, 30);
      expect(page.messages.length).toBeGreaterThan(5);
      expect(page.messages.length).toBeLessThan(30);
      const texts = await world.textsOf(ada, 30);
      expect(texts.map((text) => Number.parseInt(text, 10))).toEqual(
        Array.from({ length: 30 }, (_, n) => 29 - n),
      );
    });
  });

  describe('is shown as it is now', () => {
    it('edited, with reactions, and with what it answers', async () => {
      const [ada, bob] = [world.person(), world.person()];
      const question = await world.send(ada, bob, 'a question');
      const first = await world.send(bob, ada, 'before', question.UUID);
      const second = await world.send(bob, ada, 'liked');
      await world.change(bob, ada, first.UUID, edit('after'));
      await world.change(ada, bob, second.UUID, { kind: 'react', reaction: '+1', remove: false });
      await world.change(ada, bob, question.UUID, edit('another question'));
      expect((await world.page(ada)).messages).toMatchObject([
        { Message: 'liked', reactions: [{ reaction: '+1', count: 1, mine: true }] },
        { Message: 'after', editedAt: expect.any(String), replyTo: { excerpt: 'another question' } },
      ]);
    });

    it('from the moment on at which a change is made, where the message was read before', async () => {
      const [ada, bob] = [world.person(), world.person()];
      const sent = await world.send(bob, ada, 'text 0');
      for (let n = 1; n < 20; n += 1) {
        expect(await world.textsOf(ada)).toEqual([`text ${n - 1}`]);
        await world.change(bob, ada, sent.UUID, edit(`text ${n}`));
      }
    });

    it('without deleted messages, which the list forgets', async () => {
      const [ada, bob] = [world.person(), world.person()];
      const sent = [];
      for (let n = 0; n < 8; n += 1) sent.push(await world.send(bob, ada, `text ${n}`));
      for (const n of [0, 3, 4, 7]) await world.change(bob, ada, sent[n]!.UUID, { kind: 'delete' });
      expect(await world.textsOf(ada, 3)).toEqual(['text 6', 'text 5', 'text 2', 'text 1']);
      expect(await listed(ada)).toHaveLength(4);
    });

    it('seen up to where the user has read its channel, with and without changes', async () => {
      const [ada, bob, eve] = [world.person(), world.person(), world.person()];
      const seen = async () =>
        (await world.page(ada)).messages.map((each) => [each.Message, each.seen] as const);
      for (let n = 0; n < 3; n += 1) await world.send(bob, ada, `bob ${n}`);
      const first = await world.send(eve, ada, 'eve 0');
      await world.change(eve, ada, first.UUID, edit('eve 0, edited'));
      await world.send(eve, ada, 'eve 1');
      const reads = lab.reads();
      const read = async (other: Identity, seq: number) => {
        const channelUUID = privateChannel(ada.UUID, other.UUID);
        const moved = await reads.move({ channelUUID, user: ada.UUID, seq });
        const { epoch, number } = moved;
        await lab.inboxes().markSeen(ada.UUID, channelUUID, { epoch: epoch!, seq: moved.seq, number });
      };
      await read(bob, 2);
      await read(eve, 1);
      expect(await seen()).toEqual([
        ['eve 1', false],
        ['eve 0, edited', true],
        ['bob 2', false],
        ['bob 1', true],
        ['bob 0', true],
      ]);
      await read(eve, 3);
      expect((await seen())[0]).toEqual(['eve 1', true]);
    });
  });

  describe('is completed where the list lacks it:', () => {
    /** As if a replica of the version before had put in all items after the first `count`. */
    async function forgetFrom(user: Identity, count: number | undefined) {
      const { keys, redis } = lab;
      await redis.zremrangebyrank(keys.received(user.UUID), count ?? 0, -1);
      await redis.del(keys.receivedChanged(user.UUID));
      const meta = keys.meta(inboxId(user.UUID));
      if (count === undefined) await redis.hdel(meta, 'listed');
      else await redis.hset(meta, 'listed', count);
    }

    it.each([
      ['from the inbox, where it still has the items', undefined, false],
      ['from the inbox, beside a replica of the version before', 3, false],
      ['from the channels, where it has not', undefined, true],
      ['from the channels, after a long time beside the version before', 3, true],
    ])('%s', async (_, count, isTrimmed) => {
      const [ada, bob, eve] = [world.person(), world.person(), world.person()];
      for (let n = 0; n < 8; n += 1) await world.send(n % 2 ? bob : eve, ada, `text ${n}`);
      await world.send(ada, bob, 'from ada');
      const edited = await world.send(bob, ada, 'before');
      await world.change(bob, ada, edited.UUID, edit('after'));
      const deleted = await world.send(eve, ada, 'deleted');
      await world.change(eve, ada, deleted.UUID, { kind: 'delete' });
      await forgetFrom(ada, count);
      if (isTrimmed) await lab.redis.xtrim(lab.keys.log(inboxId(ada.UUID)), 'MAXLEN', '=', 1);
      // This version lists what it puts in, and the list still lacks the rest.
      await world.send(eve, ada, 'new');
      const all = ['new', 'after', ...Array.from({ length: 8 }, (_, n) => `text ${7 - n}`)];
      expect(await world.textsOf(ada, 4)).toEqual(all);
      await world.send(bob, ada, 'newer');
      expect(await world.textsOf(ada, 4)).toEqual(['newer', ...all]);
      const [seq, listedTo] = await lab.redis.hmget(lab.keys.meta(inboxId(ada.UUID)), 'seq', 'listed');
      expect(listedTo).toBe(seq);
    });

    it('by one that is slower than another, which does not take back what that one has noted', async () => {
      const [ada, bob] = [world.person(), world.person()];
      await world.send(bob, ada, 'one');
      await forgetFrom(ada, undefined);
      const redis = lab.redis.duplicate();
      const slow = lab.received(world.people.directory(), redis);
      let goOn!: () => void;
      const held = new Promise<void>((resolve) => {
        goOn = resolve;
      });
      // It has read the items by now, and has noted nothing.
      const holds = jest.spyOn(redis, 'hget').mockImplementation(() => held.then(() => null));
      const reads = jest.spyOn(redis, 'hmget');
      const answer = slow.list({ user: ada, limit: 10 });
      await eventually(() => expect(holds).toHaveBeenCalled());
      expect(await world.textsOf(ada)).toEqual(['one']);
      await world.send(bob, ada, 'two');
      goOn();
      await answer;
      redis.disconnect();
      const states = await Promise.all(reads.mock.results.map(({ value }) => value));
      expect(states).toContainEqual(['2', '2']);
      expect(states).not.toContainEqual(['2', '1']);
    });

    it('by several who ask at once, while more is sent', async () => {
      const ada = world.person();
      const others = Array.from({ length: 20 }, () => world.person());
      for (const [n, other] of others.entries()) await world.send(other, ada, `text ${n}`);
      await forgetFrom(ada, undefined);
      await lab.redis.xtrim(lab.keys.log(inboxId(ada.UUID)), 'MAXLEN', '=', 1);
      const another = lab.received(world.people.directory());
      const reading = [world.received, another, world.received].map((each) =>
        each.list({ user: ada, limit: 100 }),
      );
      for (const [n, other] of others.entries()) await world.send(other, ada, `more ${n}`);
      for (const { messages } of await Promise.all(reading)) {
        const texts = messages.map(({ Message }) => Message);
        expect(texts).toEqual(expect.arrayContaining(others.map((_, n) => `text ${n}`)));
      }
      expect(await world.textsOf(ada, 100)).toHaveLength(40);
    });
  });

  it('is kept as long as its channel keeps it', async () => {
    const kept = new ReceivedWorld(lab, { messages: 100 });
    const [ada, bob, eve] = [kept.person(), kept.person(), kept.person()];
    await kept.send(eve, ada, 'of eve');
    for (let n = 0; n < 1_500; n += 1) await kept.send(bob, ada, `text ${n}`);
    const there = await lab.redis.xlen(lab.keys.log(privateChannel(ada.UUID, bob.UUID)));
    await lab.sweeps().sweep(ada.UUID);
    expect((await listed(ada)).length).toBeLessThan(2 * there);
    const texts = await kept.textsOf(ada, 100);
    expect(texts).toHaveLength(there + 1);
    expect(texts.at(-1)).toBe('of eve');
    expect(await listed(ada)).toHaveLength(there + 1);
  });

  it('is forgotten with who has sent it, and with the user', async () => {
    const [ada, bob, eve] = [world.person(), world.person(), world.person()];
    for (const other of [bob, eve]) await world.send(other, ada, `of ${other.UUID}`);
    const repository = new PurgeRepository(lab.redis, lab.keys);
    await repository.takeOutOfInbox(ada.UUID, privateChannel(ada.UUID, bob.UUID));
    await repository.forgetChannel(privateChannel(ada.UUID, bob.UUID));
    expect(await listed(ada)).toHaveLength(1);
    expect(await world.textsOf(ada)).toEqual([`of ${eve.UUID}`]);
    await repository.forgetInbox(ada.UUID);
    expect(await lab.redis.keys(`*${inboxId(ada.UUID)}*`)).toEqual([]);
  });

  it('is listed once however often it is put in, and not at all where the item is not stored', async () => {
    const [ada, bob] = [world.person(), world.person()];
    const channel = { kind: 'private', channelUUID: privateChannel(ada.UUID, bob.UUID) } as const;
    const sent = await world.send(bob, ada, 'once');
    const again = {
      ...{ recipient: ada.UUID, channelUUID: channel.channelUUID, mark: { key: randomUUID() } },
      ...{ stored: sent, json: '{}' },
    };
    await lab.inboxes().put(again);
    expect(await listed(ada)).toHaveLength(1);
  });
});
