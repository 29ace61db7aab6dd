import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Identity, newGroupId } from '@parley/contracts';
import type { WhatToChange } from '../changes/changes.repository.js';
import { ChannelLab } from '../fixtures/channel-lab.js';
import { groupWithRoles, groupWorld } from '../fixtures/group-world.js';
import { PurgeRepository } from '../purge/purge.repository.js';
import { NEVER_LATE } from '../redis/delivery.js';

describe('groups', () => {
  let lab: ChannelLab;
  beforeAll(() => {
    lab = new ChannelLab();
  });
  afterAll(() => lab.close());

  it('are made once, listed to their members, read and written by them alone', async () => {
    const { person, make, add, post, join, history, groups, logs, entries } = groupWorld(lab);
    const [ada, bob, eve] = [person(), person(), person()];
    const channelUUID = await make(ada);
    await groups.create({ user: ada, channelUUID, name: 'Chess', topic: '', private: true });
    expect(await add(ada, channelUUID, bob)).toEqual({ invited: [bob.UUID], refused: [] });
    const { Seq } = await post(ada, channelUUID);
    expect(Seq).toBe(2);
    expect(await join(bob, channelUUID)).toMatchObject({
      channelUUID,
      recipientUUID: '',
      seq: 2,
      messages: [{ Seq: 2 }],
    });
    expect((await history(bob, channelUUID)).messages).toHaveLength(1);
    expect(await groups.list({ user: bob, scope: 'mine', limit: 10 })).toMatchObject({
      channels: [
        {
          channelUUID,
          name: 'Chess',
          role: 'member',
          members: 2,
          seq: 2,
          unread: 0,
          lastMessage: { Seq: 2 },
        },
      ],
    });
    for (const attempt of [post, join, history])
      await expect(attempt(eve, channelUUID)).rejects.toMatchObject({ name: 'CHANNEL_NOT_FOUND' });
    expect(await logs.heads({ user: eve, channelUUIDs: [channelUUID] })).toEqual([undefined]);
    expect(await logs.heads({ user: bob, channelUUIDs: [channelUUID] })).toMatchObject([{ seq: 2 }]);
    expect(await entries(channelUUID)).toMatchObject([
      {
        type: 'sys',
        sys: { type: 'channelInvite', channelInvite: { userUUID: bob.UUID, by: ada.UUID, Seq: 1 } },
      },
      { type: 'channelMessage' },
    ]);
  });

  it('are the same group where the request that makes one comes again, also after it has failed', async () => {
    const { person, groups } = groupWorld(lab);
    const ada = person();
    const { index } = groups as unknown as { index: { settle(...args: unknown[]): Promise<boolean> } };
    const settle = index.settle.bind(index);
    index.settle = () => Promise.reject(new Error('away'));
    const make = (id: string) =>
      groups.create(
        { user: ada, channelUUID: newGroupId(), name: 'Chess', topic: '', private: false },
        { ...NEVER_LATE, id },
      );
    await expect(make('request-1')).rejects.toThrow('away');
    index.settle = settle;
    const [made, again, other] = [await make('request-1'), await make('request-1'), await make('request-2')];
    expect(again).toEqual(made);
    expect(other.channel.channelUUID).not.toBe(made.channel.channelUUID);
    const { channels } = await groups.list({ user: ada, scope: 'mine', limit: 10 });
    expect(channels.map(({ channelUUID }) => channelUUID)).toEqual(
      [made, other]
        .map(({ channel }) => channel.channelUUID)
        .sort()
        .reverse(),
    );
  });

  describe('that are public are listed as they are in the end', () => {
    async function setUp() {
      const { person, make, groups } = groupWorld(lab);
      const ada = person();
      const channelUUID = await make(ada, false);
      const { index } = groups as unknown as {
        index: Record<'publish' | 'unpublish', (id: string) => Promise<void>>;
      };
      /** Does something else before a step, once. */
      const before = (step: 'publish' | 'unpublish', meanwhile: () => Promise<unknown>) => {
        const take = index[step].bind(index);
        index[step] = async (id) => {
          index[step] = take;
          await meanwhile();
          await take(id);
        };
      };
      const change = (what: { name?: string; archived?: boolean }) =>
        groups.change({ user: ada, channelUUID, ...what });
      const isListed = async () => (await lab.redis.zscore(lab.keys.publicGroups(), channelUUID)) !== null;
      return { channelUUID, before, change, isListed };
    }

    it('where one is renamed and purged at the same time', async () => {
      const { channelUUID, before, change, isListed } = await setUp();
      before('publish', () => new PurgeRepository(lab.redis, lab.keys).forgetChannel(channelUUID));
      await expect(change({ name: 'Go' })).rejects.toMatchObject({ name: 'CHANNEL_NOT_FOUND' });
      expect(await isListed()).toBe(false);
      expect(await lab.redis.keys(`*${channelUUID}*`)).toEqual([]);
    });

    it('where one is archived and brought back at the same time', async () => {
      const { before, change, isListed } = await setUp();
      before('unpublish', () => change({ archived: false }));
      await change({ archived: true });
      expect(await isListed()).toBe(true);
    });
  });

  it('show their last message as it is now, with what it answers', async () => {
    const { person, make, add, post, posts, groups } = groupWorld(lab);
    const [ada, bob] = [person(), person()];
    const channelUUID = await make(ada);
    await add(ada, channelUUID, bob);
    const lastOf = async () => (await groups.list({ user: bob, scope: 'mine', limit: 10 })).channels[0]!;
    const { UUID } = await post(ada, channelUUID, 'as it was sent');
    const about = { channelUUID, user: ada.UUID, UUID, ...NEVER_LATE };
    const change = (what: WhatToChange) => lab.changes().change({ ...about, key: randomUUID(), what });
    await change({ kind: 'edit', fields: '"Message":"as it is now"' });
    await change({ kind: 'react', reaction: '+1', remove: false });
    expect((await lastOf()).lastMessage).toMatchObject({
      Message: 'as it is now',
      editedAt: expect.any(String),
      reactions: [{ reaction: '+1', count: 1, mine: false }],
    });
    await posts.post({
      ...{ sender: ada, target: { channelUUID }, message: 'answer' },
      ...{ replyTo: UUID, key: randomUUID() },
    });
    expect((await lastOf()).lastMessage?.replyTo).toMatchObject({ UUID, excerpt: 'as it is now' });
  });

  it.each(['leaves', 'is forgotten'])(
    'note nothing read for who is removed, when the connection %s',
    async (how) => {
      const { person, make, add, post, channels, memberships } = groupWorld(lab);
      const [ada, bob] = [person(), person()];
      const channelUUID = await make(ada);
      await add(ada, channelUUID, bob);
      const connection = { gatewayId: randomUUID(), SUUID: randomUUID() };
      const channel = { channelUUID, recipientUUID: '' };
      const asked = { key: randomUUID(), user: bob, target: { channelUUID }, connection };
      await channels.join({ ...asked, limit: 1, order: 'asc' });
      await memberships.kick({ user: ada, channelUUID, userUUID: bob.UUID, ban: false });
      await post(ada, channelUUID);
      const told = await lab.frames(channelUUID);
      if (how === 'leaves') await channels.leave({ user: bob, channel, connection });
      else await channels.forgetGateway(connection.gatewayId);
      expect(await told.settled()).toEqual([
        expect.objectContaining({ type: 'channelLeave', channelLeave: { recipientUUID: '', channelUUID } }),
      ]);
      expect(await lab.redis.hget(lab.keys.reads(channelUUID), bob.UUID)).toBeNull();
    },
  );

  it('count what is written about them for who writes it, and still let moderators remove members', async () => {
    const rate = { perSecond: 1, burst: 64 * 1024 };
    const { person, make, add, groups, memberships } = groupWorld(lab, {}, () => lab.budget(rate));
    const [ada, bob] = [person(), person()];
    const channelUUID = await make(ada);
    await add(ada, channelUUID, bob);
    const flood = async () => {
      for (let n = 0; n < 200; n += 1)
        await groups.change({ user: ada, channelUUID, topic: `${n} ${'x'.repeat(900)}` });
    };
    await expect(flood()).rejects.toMatchObject({ name: 'RATE_LIMITED', retryAfterMs: expect.any(Number) });
    await expect(make(ada)).rejects.toMatchObject({ name: 'RATE_LIMITED' });
    await memberships.kick({ user: ada, channelUUID, userUUID: bob.UUID, ban: true });
  });

  it.each(['join', 'open'] as const)(
    'that are public take in who does %s, and others are refused',
    async (how) => {
      const { person, make, post, history, roles, groups, ...all } = groupWorld(lab);
      const [ada, bob] = [person(), person()];
      const channelUUID = await make(ada, false);
      for (const attempt of [post, history])
        await expect(attempt(bob, channelUUID)).rejects.toMatchObject({ name: 'FORBIDDEN' });
      expect(await groups.list({ user: bob, scope: 'public', limit: 1 })).toMatchObject({
        channels: [{ channelUUID, role: 'outsider', unread: 0 }],
      });
      expect(await all[how](bob, channelUUID)).toMatchObject({ channelUUID, seq: 1 });
      await all[how](bob, channelUUID);
      expect(await roles(ada, channelUUID)).toEqual({ [ada.UUID]: 'owner', [bob.UUID]: 'member' });
      await post(bob, channelUUID);
    },
  );

  it('know nobody who was removed, until that user is invited', async () => {
    const { person, make, add, post, join, memberships, logs, groups } = groupWorld(lab);
    const [ada, bob] = [person(), person()];
    const channelUUID = await make(ada);
    await add(ada, channelUUID, bob);
    const removal = { user: ada, channelUUID, userUUID: bob.UUID, ban: false };
    expect(await memberships.kick(removal)).toEqual({ seq: 2 });
    expect(await memberships.kick(removal)).toEqual({ seq: 0 });
    await expect(post(bob, channelUUID)).rejects.toMatchObject({ name: 'CHANNEL_NOT_FOUND' });
    await expect(join(bob, channelUUID)).rejects.toMatchObject({ name: 'CHANNEL_NOT_FOUND' });
    expect(await logs.heads({ user: bob, channelUUIDs: [channelUUID] })).toEqual([undefined]);
    expect((await groups.list({ user: bob, scope: 'mine', limit: 10 })).channels).toEqual([]);
    await add(ada, channelUUID, bob);
    await post(bob, channelUUID);
  });

  it('let nobody in who is banned, neither by joining nor by an invitation', async () => {
    const { person, make, add, join, open, memberships } = groupWorld(lab);
    const [ada, bob] = [person(), person()];
    const channelUUID = await make(ada, false);
    await memberships.kick({ user: ada, channelUUID, userUUID: bob.UUID, ban: true });
    for (const attempt of [join, open])
      await expect(attempt(bob, channelUUID)).rejects.toMatchObject({ name: 'FORBIDDEN' });
    await expect(add(ada, channelUUID, bob)).rejects.toMatchObject({ name: 'FORBIDDEN' });
    expect(await memberships.unban({ user: ada, channelUUID, userUUID: bob.UUID })).toMatchObject({ seq: 2 });
    await join(bob, channelUUID);
  });

  it('have one owner: the oldest moderator follows, then the oldest member, and at last the group is over', async () => {
    const { person, make, add, memberships, roles, join, groups } = groupWorld(lab);
    const [ada, bob, eve] = [person(), person(), person()];
    const channelUUID = await make(ada, false);
    await add(ada, channelUUID, bob, eve);
    await memberships.setRole({ user: ada, channelUUID, userUUID: eve.UUID, role: 'moderator' });
    const quit = (user: Identity) => memberships.kick({ user, channelUUID, userUUID: user.UUID, ban: false });
    await quit(ada);
    expect(await roles(bob, channelUUID)).toEqual({ [bob.UUID]: 'member', [eve.UUID]: 'owner' });
    await memberships.leaveAll(eve.UUID);
    expect(await roles(bob, channelUUID)).toEqual({ [bob.UUID]: 'owner' });
    await quit(bob);
    await expect(join(ada, channelUUID)).rejects.toMatchObject({ name: 'CHANNEL_NOT_FOUND' });
    const { channels } = await groups.list({ user: ada, scope: 'public', limit: 100 });
    expect(channels.map((each) => each.channelUUID)).not.toContain(channelUUID);
  });

  it('are handed over: who gives the ownership away is a moderator', async () => {
    const { person, make, add, memberships, roles, entries } = groupWorld(lab);
    const [ada, bob] = [person(), person()];
    const channelUUID = await make(ada);
    await add(ada, channelUUID, bob);
    const transfer = { user: ada, channelUUID, userUUID: bob.UUID, role: 'owner' as const };
    expect(await memberships.setRole(transfer)).toEqual({ seq: 2 });
    expect(await memberships.setRole(transfer)).toEqual({ seq: 0 });
    expect(await roles(ada, channelUUID)).toEqual({ [ada.UUID]: 'moderator', [bob.UUID]: 'owner' });
    expect((await entries(channelUUID)).slice(1).map(({ sys }) => sys['channelRole'])).toMatchObject([
      { userUUID: bob.UUID, role: 'owner' },
      { userUUID: ada.UUID, role: 'moderator' },
    ]);
    await memberships.setRole({ user: ada, channelUUID, userUUID: ada.UUID, role: 'member' });
    await expect(
      memberships.setRole({ user: bob, channelUUID, userUUID: bob.UUID, role: 'member' }),
    ).rejects.toMatchObject({
      name: 'FORBIDDEN',
    });
  });

  it('keep a mute over leaving and coming back', async () => {
    const { person, make, join, post, memberships } = groupWorld(lab);
    const [ada, bob] = [person(), person()];
    const channelUUID = await make(ada, false);
    await join(bob, channelUUID);
    await memberships.mute({ user: ada, channelUUID, userUUID: bob.UUID, seconds: 60 });
    await memberships.kick({ user: bob, channelUUID, userUUID: bob.UUID, ban: false });
    await join(bob, channelUUID);
    await expect(post(bob, channelUUID)).rejects.toMatchObject({ name: 'FORBIDDEN' });
    await memberships.mute({ user: ada, channelUUID, userUUID: bob.UUID, seconds: 0 });
    await post(bob, channelUUID);
  });

  it('end the mute of who becomes the owner, by a transfer or by following, as nobody else could', async () => {
    const { person, make, add, post, entries, memberships } = groupWorld(lab);
    const [ada, bob, eve] = [person(), person(), person()];
    const channelUUID = await make(ada);
    await add(ada, channelUUID, bob, eve);
    for (const { UUID } of [bob, eve])
      await memberships.mute({ user: ada, channelUUID, userUUID: UUID, seconds: 3_600 });
    await memberships.setRole({ user: ada, channelUUID, userUUID: bob.UUID, role: 'owner' });
    await post(bob, channelUUID);
    await memberships.kick({ user: ada, channelUUID, userUUID: ada.UUID, ban: false });
    await expect(post(eve, channelUUID)).rejects.toMatchObject({ name: 'FORBIDDEN' });
    await memberships.kick({ user: bob, channelUUID, userUUID: bob.UUID, ban: false });
    await post(eve, channelUUID);
    const ends = (await entries(channelUUID)).flatMap(({ sys }) => sys?.['channelMute'] ?? []).slice(2);
    expect(ends).toEqual([
      { channelUUID, userUUID: bob.UUID, by: ada.UUID, at: expect.any(String), Seq: 6 },
      { channelUUID, userUUID: eve.UUID, by: bob.UUID, at: expect.any(String), Seq: 12 },
    ]);
  });

  it('and users have limits, in the step that would go past them', async () => {
    const { person, make, add, join } = groupWorld(lab, { membersPerGroup: 3, groupsPerUser: 2 });
    const [ada, bob, eve, dan] = [person(), person(), person(), person()];
    const channelUUID = await make(ada, false);
    const { invited, refused } = await add(ada, channelUUID, bob, eve, dan);
    expect(invited).toEqual([bob.UUID, eve.UUID]);
    expect(refused).toEqual([{ userUUID: dan.UUID, name: 'LIMIT_REACHED' }]);
    await expect(join(dan, channelUUID)).rejects.toMatchObject({ name: 'LIMIT_REACHED' });
    await make(bob);
    await expect(make(bob)).rejects.toMatchObject({ name: 'LIMIT_REACHED' });
    const third = await make(dan, false);
    await expect(join(bob, third)).rejects.toMatchObject({ name: 'LIMIT_REACHED' });
    await expect(add(dan, third, bob)).rejects.toMatchObject({ name: 'LIMIT_REACHED' });
  });

  it('are listed by pages without a hole, and without those that a list has too many', async () => {
    const { person, make, groups, memberships } = groupWorld(lab);
    const ada = person();
    const made: string[] = [];
    for (let n = 0; n < 5; n += 1) made.unshift(await make(ada));
    await lab.groupIndex().note(ada.UUID, newGroupId());
    const listed: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await groups.list({ user: ada, scope: 'mine', limit: 2, cursor });
      listed.push(...page.channels.map(({ channelUUID }) => channelUUID));
      cursor = page.cursor;
    } while (cursor !== undefined);
    expect(listed).toEqual(made);
    expect(await lab.redis.zcard(lab.keys.groupsOf(ada.UUID))).toBe(5);
    await memberships.leaveAll(ada.UUID);
    expect(await lab.redis.zcard(lab.keys.groupsOf(ada.UUID))).toBe(0);
    expect(await lab.redis.zcard(lab.keys.groupsLeft(ada.UUID))).toBe(6);
  });

  it('list their members by pages, in the order in which they came', async () => {
    const { person, make, add, groups } = groupWorld(lab);
    const [ada, ...others] = [person(), person(), person(), person(), person()];
    const channelUUID = await make(ada!);
    await add(ada!, channelUUID, ...others);
    const first = await groups.members({ user: ada!, channelUUID, limit: 3 });
    const second = await groups.members({ user: ada!, channelUUID, limit: 3, cursor: first.cursor });
    expect([...first.members, ...second.members].map(({ UUID }) => UUID)).toEqual(
      [ada!, ...others].map(({ UUID }) => UUID),
    );
    expect(second.cursor).toBeUndefined();
    const all = await groups.members({ user: ada!, channelUUID, limit: 5 });
    expect([all.members.length, all.cursor]).toEqual([5, undefined]);
  });

  it('tell moderators who changed what, without a text', async () => {
    const { person, make, add, groups } = groupWorld(lab);
    const [ada, bob] = [person(), person()];
    const channelUUID = await make(ada);
    await add(ada, channelUUID, bob);
    await groups.change({ user: ada, channelUUID, topic: 'openings' });
    const { entries, cursor } = await groups.audit({ user: ada, channelUUID, limit: 2 });
    expect(entries).toMatchObject([
      { action: 'channelSet', by: ada.UUID },
      { action: 'channelInvite', by: ada.UUID, userUUID: bob.UUID },
    ]);
    expect(JSON.stringify(entries)).not.toContain('openings');
    expect(await groups.audit({ user: ada, channelUUID, limit: 2, cursor })).toMatchObject({
      entries: [{ action: 'channelCreate', by: ada.UUID }],
    });
    const all = await groups.audit({ user: ada, channelUUID, limit: 3 });
    expect([all.entries.length, all.cursor]).toEqual([3, undefined]);
    await expect(groups.audit({ user: bob, channelUUID, limit: 2 })).rejects.toMatchObject({
      name: 'FORBIDDEN',
    });
  });

  it.each([
    ['two moderators who kick and promote the same user', 8],
    ['a join and a ban', 8],
  ] as const)('have one outcome of %s at once', async (what, times) => {
    for (let n = 0; n < times; n += 1) {
      const { who, channelUUID, memberships, join, roles, person } = await groupWithRoles(lab, false);
      if (what === 'a join and a ban') {
        const eve = person();
        const [joined] = await Promise.allSettled([
          join(eve, channelUUID),
          memberships.kick({ user: who.moderator, channelUUID, userUUID: eve.UUID, ban: true }),
        ]);
        expect(await roles(who.owner, channelUUID)).not.toHaveProperty(eve.UUID);
        if (joined!.status === 'rejected') expect(joined!.reason).toMatchObject({ name: 'FORBIDDEN' });
        continue;
      }
      const userUUID = who.other.UUID;
      const [promoted, kicked] = await Promise.allSettled([
        memberships.setRole({ user: who.moderator, channelUUID, userUUID, role: 'moderator' }),
        memberships.kick({ user: who.otherModerator, channelUUID, userUUID, ban: false }),
      ]);
      expect([promoted!.status, kicked!.status].sort()).toEqual(['fulfilled', 'rejected']);
      const role = (await roles(who.owner, channelUUID))[userUUID];
      expect(role).toBe(promoted!.status === 'fulfilled' ? 'moderator' : undefined);
    }
  });

  it('store a post before a kick or not at all', async () => {
    for (let n = 0; n < 8; n += 1) {
      const { who, channelUUID, memberships, post, entries } = await groupWithRoles(lab, false);
      const [posted] = await Promise.allSettled([
        post(who.other, channelUUID),
        memberships.kick({ user: who.owner, channelUUID, userUUID: who.other.UUID, ban: false }),
      ]);
      const all = await entries(channelUUID);
      const kicked = all.findIndex(
        ({ sys }) => (sys?.['channelKick'] as { userUUID?: string })?.userUUID === who.other.UUID,
      );
      const message = all.findIndex(({ type }) => type === 'channelMessage');
      expect(message >= 0 && message < kicked).toBe(posted!.status === 'fulfilled');
      expect(message > kicked).toBe(false);
    }
  });
});
