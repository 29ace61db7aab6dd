import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { GENERAL_CHANNEL, type Identity, inboxId } from '@parley/contracts';
import type { ServerFrameOf } from '@parley/protocol';
import { ChangesService } from '../changes/changes.service.js';
import { generalChannel, groupChannel } from '../channel.js';
import { ChannelLab } from '../fixtures/channel-lab.js';
import { groupWorld } from '../fixtures/group-world.js';
import { INBOXES_BEHIND, type InboxBehind } from '../inbox-completion.js';
import { PostsService } from '../posts.service.js';
import { PurgeRepository } from '../purge/purge.repository.js';
import { ReadsService } from '../reads/reads.service.js';

type Item = ServerFrameOf<'inboxItem'>['inboxItem'];

describe('what is written in groups', () => {
  let lab: ChannelLab;
  beforeAll(() => {
    lab = new ChannelLab();
  });
  afterAll(() => lab.close());

  const itemsOf = async ({ UUID }: Identity): Promise<Item[]> => {
    const items: Item[] = [];
    for (let after = 0; ; after = items.at(-1)!.seq) {
      const { frames } = await lab.logs().page(inboxId(UUID), { after });
      if (frames.length === 0) return items;
      items.push(...frames.map(({ json }) => (JSON.parse(json) as ServerFrameOf<'inboxItem'>).inboxItem));
    }
  };
  const kindOf = async (user: Identity, kind: Item['kind']) =>
    (await itemsOf(user)).filter((item) => item.kind === kind);
  const unreadOf = async ({ UUID }: Identity) => (await lab.inboxService().open(UUID)).unread;

  /** A group of `size` members whose messages go to the inboxes of at most `fanOut` members. */
  async function setUp(size = 3, fanOut = 100) {
    const world = groupWorld(lab, {}, undefined, fanOut);
    const users = Array.from({ length: size }, (_, n) => world.person(`user${n}`));
    const channelUUID = await world.make(users[0]!);
    if (size > 1) await world.add(users[0]!, channelUUID, ...users.slice(1));
    const inboxes = lab.inboxService();
    const directory = world.people.directory();
    const reads = new ReadsService(world.channels, lab.reads(), inboxes);
    const changes = new ChangesService(
      world.channels,
      lab.changes(),
      lab.mentions(world.people),
      lab.budget(),
      inboxes,
      lab.hooks(),
      lab.webhooks(),
    );
    const read = (user: Identity, seq: number, target: object = { channelUUID }) =>
      reads.read({ user, target, seq });
    const edit = (user: Identity, UUID: string, message: string, target: object = { channelUUID }) =>
      changes.edit({ user, target, UUID, message, key: randomUUID() });
    const remove = (user: Identity, UUID: string, target: object = { channelUUID }) =>
      changes.delete({ user, target, UUID, key: randomUUID() });
    const kick = (user: Identity) =>
      world.memberships.kick({ user: users[0]!, channelUUID, userUUID: user.UUID, ban: false });
    const listed = async (user: Identity) => {
      const { channels } = await world.groups.list({ user, scope: 'mine', limit: 1 });
      return channels[0]!.unread;
    };
    return { ...world, users, channelUUID, directory, read, edit, remove, kick, listed };
  }

  describe('goes into the inboxes of a small one', () => {
    it('of all members but the sender, once however often it is sent, and refers to the message', async () => {
      const { users, channelUUID, posts } = await setUp();
      const [ada, bob, eve] = users as [Identity, Identity, Identity];
      const post = { sender: ada, target: { channelUUID }, message: 'hello' };
      const [key, clientUUID] = [randomUUID(), randomUUID()];
      for (let time = 0; time < 2; time += 1) {
        await posts.post({ ...post, key });
        await posts.post({ ...post, clientUUID, key: randomUUID() });
        await posts.complete({ ...post, key });
      }
      for (const user of [bob, eve]) {
        const items = await kindOf(user, 'message');
        expect(items).toMatchObject([
          { channelUUID, messageSeq: 3, message: { Message: 'hello', Seq: 3 } },
          { channelUUID, messageSeq: 4, message: { Message: 'hello', Seq: 4 } },
        ]);
        expect(JSON.stringify(await lab.log(inboxId(user.UUID)))).not.toContain('hello');
        expect(await unreadOf(user)).toBe(2);
      }
      expect(await itemsOf(ada)).toEqual([]);
    });

    it('and counts there what `channels` counts, whatever is read, joined, left or written', async () => {
      const { users, channelUUID, post, read, channels, listed } = await setUp();
      const [ada, bob, eve] = users as [Identity, Identity, Identity];
      const same = async (expected: number) =>
        expect([await unreadOf(bob), await listed(bob)]).toEqual([expected, expected]);
      for (let n = 0; n < 4; n += 1) await post(n % 2 ? ada : eve, channelUUID);
      await same(4);
      await read(bob, 5);
      await same(1);
      await post(ada, channelUUID);
      await post(bob, channelUUID);
      await same(0);
      await post(ada, channelUUID);
      const connection = { gatewayId: randomUUID(), SUUID: randomUUID() };
      const join = { key: randomUUID(), user: bob, target: { channelUUID }, connection };
      await channels.join({ ...join, limit: 1, order: 'asc' });
      await post(ada, channelUUID);
      await same(0);
      await channels.leave({ user: bob, channel: groupChannel(channelUUID), connection });
      await post(eve, channelUUID);
      await same(1);
      await channels.join({ ...join, key: randomUUID(), limit: 1, order: 'asc' });
      await post(eve, channelUUID);
      await channels.forgetGateway(connection.gatewayId);
      await same(0);
      const readSeqs = (await kindOf(bob, 'read')).map(({ readSeq }) => readSeq);
      expect(readSeqs).toEqual([5, 8, 9, 10, 11, 12]);
    });

    it.each([
      ['none is put in twice', false],
      ['one who left meanwhile gets nothing', true],
    ])('later, where an inbox cannot be written now: %s', async (_, isKicked) => {
      const { users, channelUUID, channels, directory, kick } = await setUp();
      const [ada, bob, eve] = users as [Identity, Identity, Identity];
      const events: InboxBehind[] = [];
      const inboxes = lab.inboxService(undefined, {
        publish: (pattern: string, event: unknown) => {
          expect(pattern).toBe(INBOXES_BEHIND);
          events.push(event as InboxBehind);
          return Promise.resolve();
        },
      } as never);
      const { put } = (inboxes as unknown as { inboxes: { put(message: { recipient: string }): unknown } })
        .inboxes;
      Object.assign((inboxes as unknown as { inboxes: object }).inboxes, {
        put(this: object, message: { recipient: string }) {
          if (message.recipient === bob.UUID) return Promise.reject(new Error('away'));
          return put.call(this, message);
        },
      });
      const posts = new PostsService(
        ...([
          channels,
          lab.posts(),
          lab.postItems(inboxes),
          directory,
          lab.budget(),
          lab.mentions(),
          lab.hooks(),
          lab.webhooks(),
        ] as const),
      );
      await posts.post({ sender: ada, target: { channelUUID }, message: 'secret', key: randomUUID() });
      expect(events).toHaveLength(1);
      expect(JSON.stringify(events)).not.toContain('secret');
      expect([await kindOf(bob, 'message'), (await kindOf(eve, 'message')).length]).toEqual([[], 1]);
      if (isKicked) await kick(bob);
      const event = JSON.parse(JSON.stringify(events[0])) as InboxBehind;
      for (let time = 0; time < 2; time += 1) await lab.inboxService().complete(event);
      expect(await kindOf(bob, 'message')).toHaveLength(isKicked ? 0 : 1);
      expect(await unreadOf(bob)).toBe(isKicked ? 0 : 1);
      expect(await kindOf(eve, 'message')).toHaveLength(1);
    });

    it('until a member is removed: what was stored before is there, nothing after, and nothing stays unread', async () => {
      const { users, channelUUID, post, kick, entries } = await setUp();
      const [ada, bob, eve] = users as [Identity, Identity, Identity];
      let kicking: ReturnType<typeof kick> | undefined;
      let posted = 0;
      const postThirty = async (sender: Identity) => {
        for (let n = 0; n < 30; n += 1) {
          await post(sender, channelUUID, `m ${n}`);
          posted += 1;
          if (posted === 20) kicking = kick(bob);
        }
      };
      await Promise.all([postThirty(ada), postThirty(eve)]);
      const { seq } = (await kicking)!;
      const all = (await entries(channelUUID)) as unknown as { channelMessage?: { Seq: number } }[];
      const seqs = all.flatMap(({ channelMessage }) => channelMessage?.Seq ?? []);
      const told = (await kindOf(bob, 'message')).map(({ messageSeq }) => messageSeq!).sort((a, b) => a - b);
      expect(told).toEqual(seqs.filter((each) => each < seq));
      expect(told.length).toBeGreaterThanOrEqual(20);
      expect(await unreadOf(bob)).toBe(0);
    });
  });

  it('is counted again where it has the Seqs of messages that Redis has lost', async () => {
    const { users, channelUUID, post, read, listed } = await setUp(2);
    const [ada, bob] = users as [Identity, Identity];
    const { keys, redis } = lab;
    for (let n = 0; n < 4; n += 1) await post(ada, channelUUID);
    await read(bob, 5);
    // The log ends with its second message again, and so do the positions.
    for (const seq of [4, 5]) await redis.xdel(keys.log(channelUUID), `${seq}-0`);
    await redis.xsetid(keys.log(channelUUID), '3-0');
    await redis.hset(keys.meta(channelUUID), 'seq', 3, 'replid', 'another history');
    await redis.hset(keys.reads(channelUUID), ada.UUID, '3 2', bob.UUID, '3 2');
    expect(await post(ada, channelUUID)).toMatchObject({ Seq: 4 });
    await post(ada, channelUUID);
    expect([await unreadOf(bob), await listed(bob)]).toEqual([2, 2]);
    await read(bob, 4);
    expect([await unreadOf(bob), await listed(bob)]).toEqual([1, 1]);
  });

  it('is not unread any more once the group is purged', async () => {
    const { users, channelUUID, post } = await setUp();
    await post(users[0]!, channelUUID);
    expect(await unreadOf(users[1]!)).toBe(1);
    await new PurgeRepository(lab.redis, lab.keys).forgetPlaces(channelUUID);
    expect(await unreadOf(users[1]!)).toBe(0);
  });

  it('counts for its sender what it takes in the inboxes', async () => {
    const { users, channelUUID, channels, directory } = await setUp(11);
    const postsUntilRefused = async (fanOutMembers: number): Promise<number> => {
      const budget = lab.budget({ perSecond: 1, burst: 64 * 1024 });
      const items = lab.postItems(undefined, budget);
      const parts = [channels, lab.posts({ fanOutMembers }), items, directory] as const;
      const posts = new PostsService(...parts, budget, lab.mentions(), lab.hooks(), lab.webhooks());
      const sender = users[fanOutMembers === 0 ? 1 : 2]!;
      for (let n = 0; ; n += 1) {
        const post = { sender, target: { channelUUID }, message: 'm', key: randomUUID() };
        const refused = await posts.post(post).catch((error: Error) => error);
        if (refused instanceof Error) {
          expect(refused.name).toBe('RATE_LIMITED');
          return n;
        }
      }
    };
    expect(await postsUntilRefused(100)).toBeLessThan((await postsUntilRefused(0)) * 0.6);
  });

  describe('of a large one', () => {
    it('is in no inbox, and its members are not read', async () => {
      const { users, channelUUID, post } = await setUp(4, 3);
      await post(users[0]!, channelUUID);
      for (const user of users) expect(await kindOf(user, 'message')).toEqual([]);
      expect(await unreadOf(users[1]!)).toBe(0);
    });

    it('is in all inboxes or in none while it crosses the bound, and all is read in the end', async () => {
      const { users, channelUUID, post, person, add, kick, read, entries, listed } = await setUp(3, 3);
      const more = [person(), person()];
      let isPosting = true;
      const postForty = async (sender: Identity) => {
        for (let n = 0; n < 40; n += 1) await post(sender, channelUUID);
      };
      const cross = async () => {
        for (let n = 0; isPosting; n += 1) {
          await add(users[0]!, channelUUID, more[n % 2]!);
          await kick(more[n % 2]!);
        }
      };
      const crossing = cross();
      await Promise.all([postForty(users[0]!), postForty(users[1]!)]);
      isPosting = false;
      await crossing;
      const last = (await entries(channelUUID)).length;
      const [first, second, third] = await Promise.all(
        users.map(async (user) => (await kindOf(user, 'message')).map(({ messageSeq }) => messageSeq!)),
      );
      expect([...first!, ...second!].sort()).toEqual([...third!].sort());
      expect(third!.length).toBeLessThanOrEqual(80);
      await post(users[0]!, channelUUID);
      expect(await unreadOf(users[2]!)).toBe(await listed(users[2]!));
      for (const user of users) await read(user, last + 10);
      for (const user of users) expect(await unreadOf(user)).toBe(0);
    });
  });

  describe('and mentions somebody', () => {
    it.each(['a group', 'the general channel'])(
      'tells those members, once, however it is sent again or edited, in %s',
      async (where) => {
        const { users, channelUUID, posts, person, edit } = await setUp(4, 0);
        const [ada, bob, eve, carol] = users as [Identity, Identity, Identity, Identity];
        const outsider = person('outsider');
        const target = where === 'a group' ? { channelUUID } : {};
        const at = (...some: Identity[]) => some.map(({ Username }) => `@${Username}`).join(' ');
        const message = at(ada, bob, outsider);
        const post = { sender: ada, target, message, clientUUID: randomUUID() };
        const { UUID, Seq, ChannelUUID } = await posts.post({ ...post, key: randomUUID() });
        await posts.post({ ...post, key: randomUUID() });
        await posts.complete({ ...post, key: randomUUID() });
        const item = { kind: 'mention', channelUUID: ChannelUUID, UUID, messageSeq: Seq };
        expect(await kindOf(bob, 'mention')).toMatchObject([{ ...item, message: { Message: message } }]);
        expect(await kindOf(outsider, 'mention')).toHaveLength(where === 'a group' ? 0 : 1);
        expect(await kindOf(eve, 'mention')).toEqual([]);
        await edit(ada, UUID, `${at(bob, eve)} edited`, target);
        await edit(ada, UUID, at(carol, bob, eve), target);
        for (const user of [bob, eve, carol])
          expect(await kindOf(user, 'mention')).toMatchObject([
            { ...item, message: { Message: at(carol, bob, eve), editedAt: expect.any(String) } },
          ]);
        expect(await kindOf(ada, 'mention')).toEqual([]);
        expect(await unreadOf(bob)).toBe(0);
      },
    );

    it('comes in addition to the message in a small group', async () => {
      const { users, channelUUID, post } = await setUp(3);
      await post(users[0]!, channelUUID, `@${users[1]!.Username}`);
      expect((await itemsOf(users[1]!)).map(({ kind }) => kind).sort()).toEqual([
        'invite',
        'mention',
        'message',
      ]);
      expect(await unreadOf(users[1]!)).toBe(1);
    });

    it('shows what became of it when it is edited and deleted at the same moment', async () => {
      const { users, channelUUID, post, edit, remove } = await setUp(3, 0);
      const [ada, bob, eve] = users as [Identity, Identity, Identity];
      for (let round = 0; round < 15; round += 1) {
        const { UUID } = await post(ada, channelUUID, `secret @${bob.Username}`);
        await Promise.allSettled([
          edit(ada, UUID, `secret @${eve.Username} @${bob.Username}`),
          remove(ada, UUID),
          edit(ada, UUID, `secret @${bob.Username}`),
        ]);
      }
      const told = await kindOf(bob, 'mention');
      expect(told).toHaveLength(15);
      expect((await kindOf(eve, 'mention')).length).toBeLessThanOrEqual(15);
      for (const { message } of [...told, ...(await kindOf(eve, 'mention'))])
        expect(message).toMatchObject({ Message: '', deletedAt: expect.any(String) });
      for (const user of [bob, eve])
        expect(JSON.stringify(await lab.log(inboxId(user.UUID)))).not.toContain('secret');
    });

    it('tells nobody who was removed before it was stored', async () => {
      const { users, channelUUID, directory, channels, people, kick } = await setUp(3, 0);
      const [ada, bob] = users as [Identity, Identity];
      const mentions = lab.mentions(people);
      const late = {
        in: async (...args: Parameters<typeof mentions.in>) => {
          const found = await mentions.in(...args);
          await kick(bob);
          return found;
        },
      };
      const parts = [channels, lab.posts({ fanOutMembers: 0 }), lab.postItems(), directory] as const;
      const posts = new PostsService(...parts, lab.budget(), late as never, lab.hooks(), lab.webhooks());
      const message = `@${bob.Username}`;
      await posts.post({ sender: ada, target: { channelUUID }, message, key: randomUUID() });
      expect(await kindOf(bob, 'mention')).toEqual([]);
    });
  });

  describe('and is read', () => {
    it.each(['a large group', 'the general channel'])(
      "tells the user's connections of each `channelRead` that moves, once, and counts nothing, in %s",
      async (where) => {
        const { users, channelUUID, posts, read } = await setUp(3, 0);
        const [ada, bob] = users as [Identity, Identity];
        const isGroup = where === 'a large group';
        const target = isGroup ? { channelUUID } : {};
        const seqs: number[] = [];
        for (let n = 0; n < 3; n += 1)
          seqs.push((await posts.post({ sender: ada, target, message: 'm', key: randomUUID() })).Seq);
        for (const seq of [seqs[0]!, seqs[0]!, seqs[2]!, seqs[1]!]) await read(bob, seq, target);
        const id = isGroup ? channelUUID : GENERAL_CHANNEL;
        expect((await kindOf(bob, 'read')).map(({ seq: _, ...item }) => item)).toEqual(
          [seqs[0], seqs[2]].map((readSeq) => ({ kind: 'read', channelUUID: id, readSeq })),
        );
        expect(await unreadOf(bob)).toBe(0);
      },
    );

    it('tells nothing of joins, leaves and posts in the general channel: they write to no inbox', async () => {
      const { users, posts, channels } = await setUp(2, 0);
      const [ada, bob] = users as [Identity, Identity];
      const connection = { gatewayId: randomUUID(), SUUID: randomUUID() };
      const before = (await itemsOf(bob)).length;
      await posts.post({ sender: ada, target: {}, message: 'm', key: randomUUID() });
      await channels.join({
        ...{ key: randomUUID(), user: bob, target: {}, connection, limit: 1, order: 'asc' },
      });
      await posts.post({ sender: bob, target: {}, message: 'm', key: randomUUID() });
      await channels.leave({ user: bob, channel: generalChannel, connection });
      expect(await itemsOf(bob)).toHaveLength(before);
    });
  });
});
