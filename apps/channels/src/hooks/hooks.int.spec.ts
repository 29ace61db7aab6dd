import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type ChannelTarget, type Identity, inboxId, newGroupId } from '@parley/contracts';
import { eventually } from '@parley/testing';
import { ChangesService } from '../changes/changes.service.js';
import { generalChannel } from '../channel.js';
import { ChannelsService } from '../channels.service.js';
import { ChannelLab } from '../fixtures/channel-lab.js';
import { KnownPeople, newUser } from '../fixtures/people.js';
import { ToldHook, type ToldHookOptions } from '../fixtures/told-hook.js';
import { LogsService } from '../logs.service.js';
import { PostsService } from '../posts.service.js';
import { NEVER_LATE } from '../redis/delivery.js';
import { AsksHook } from './hooks.js';

describe('hooks', () => {
  let lab: ChannelLab;
  const closers: (() => Promise<void>)[] = [];
  beforeAll(() => {
    lab = new ChannelLab();
  });
  afterEach(async () => {
    for (const close of closers.splice(0)) await close();
  });
  afterAll(() => lab.close());

  /** The services with a hook, and two users with a group. */
  async function setUp(options: ToldHookOptions = {}) {
    const hook = await ToldHook.open(options);
    closers.push(() => hook.close());
    const hooks = lab.hooks(hook);
    const people = new KnownPeople();
    const directory = people.directory();
    const [ada, bob, eve] = ['ada', 'bob', 'eve'].map((name) => people.add(newUser(name))) as [
      Identity,
      Identity,
      Identity,
    ];
    const members = lab.groupMembers(directory, {}, undefined, undefined, hooks);
    const groups = lab.groupsService(directory, {}, undefined, undefined, hooks);
    const inboxes = lab.inboxService();
    const channels = new ChannelsService(lab.repository(), inboxes, directory, members, hooks);
    const mentions = lab.mentions(people);
    const posts = new PostsService(
      channels,
      lab.posts(),
      lab.postItems(inboxes),
      directory,
      lab.budget(),
      mentions,
      hooks,
      lab.webhooks(),
    );
    const changes = new ChangesService(
      channels,
      lab.changes(),
      mentions,
      lab.budget(),
      inboxes,
      hooks,
      lab.webhooks(),
    );
    const logs = new LogsService(channels, lab.logs(), inboxes, directory, members, hooks);
    const requestOf = (
      message: string,
      more: { target?: ChannelTarget; clientUUID?: string; key?: string } = {},
    ) => ({
      ...{ sender: ada, target: { recipientUUID: bob.UUID }, key: randomUUID(), message },
      ...more,
    });
    const post = (...args: Parameters<typeof requestOf>) => posts.post(requestOf(...args));
    const joinOf = (user: Identity, target: ChannelTarget, key = randomUUID()) => ({
      ...{ key, user, target, limit: 10, order: 'desc' as const },
      connection: { gatewayId: 'gateway-1', SUUID: randomUUID() },
    });
    const makeGroup = async (isPrivate = false) => {
      const channelUUID = newGroupId();
      await groups.create({ user: ada, channelUUID, name: 'Chess', topic: 'moves', private: isPrivate });
      return channelUUID;
    };
    const texts = async (channelUUID: string) =>
      (await lab.log(channelUUID)).map(({ json }) => (JSON.parse(json) as { Message: string }).Message);
    return {
      hook,
      ada,
      bob,
      eve,
      people,
      members,
      groups,
      channels,
      posts,
      changes,
      logs,
      requestOf,
      post,
      joinOf,
      makeGroup,
      texts,
    };
  }

  /** How many mentions are in the inbox of a user. */
  const mentionsOf = async ({ UUID }: Identity) =>
    (await lab.logs().page(inboxId(UUID), { after: 0 })).frames.filter(({ json }) =>
      json.includes('"kind":"mention"'),
    ).length;

  describe('beforeSend', () => {
    it('is told who writes what and where, and lets a message pass', async () => {
      const { hook, ada, bob, post, texts } = await setUp();
      const { ChannelUUID } = await post('hello', { clientUUID: 'c-1' });
      expect(await texts(ChannelUUID)).toEqual(['hello']);
      expect(hook.asked).toEqual([
        {
          id: expect.stringMatching(/^hook_[\w-]{32}$/),
          type: 'beforeSend',
          timestamp: expect.any(String),
          data: {
            action: 'send',
            user: ada,
            channel: { kind: 'private', channelUUID: ChannelUUID, recipientUUID: bob.UUID },
            message: 'hello',
            clientUUID: 'c-1',
          },
        },
      ]);
    });

    it('refuses a message with a reason for its sender, and nothing is stored', async () => {
      const { hook, post, requestOf, posts } = await setUp();
      hook.answer(() => ({ action: 'refuse', reason: 'Be kind.' }));
      await expect(post('insult')).rejects.toMatchObject({
        name: 'FORBIDDEN',
        message: 'Be kind.',
        retryable: false,
      });
      hook.answer(() => ({ action: 'refuse' }));
      const request = requestOf('insult');
      await expect(posts.post(request)).rejects.toMatchObject({ name: 'FORBIDDEN' });
      hook.answer(() => ({ action: 'allow' }));
      expect(await posts.post(request)).toMatchObject({ Seq: 1 });
    });

    it('puts another text in the place of a message, which mentions whom the new text names', async () => {
      const { hook, bob, post, texts } = await setUp();
      hook.answer(() => ({ action: 'rewrite', message: `*** @${bob.Username}` }));
      const { ChannelUUID } = await post('@nobody');
      expect(await texts(ChannelUUID)).toEqual([`*** @${bob.Username}`]);
      expect((await lab.log(ChannelUUID))[0]!.json).toContain(`"mentions":[{"userUUID":"${bob.UUID}"`);
    });

    it('is asked about an edit, and decides about its text', async () => {
      const { hook, ada, bob, post, changes } = await setUp();
      const { UUID, ChannelUUID } = await post('hello');
      hook.answer(() => ({ action: 'rewrite', message: 'better' }));
      const edit = { user: ada, target: { recipientUUID: bob.UUID }, UUID, key: 'edit-1', message: 'worse' };
      expect(await changes.edit(edit)).toMatchObject({ UUID, Message: 'better' });
      expect(hook.asked.at(-1)!.data).toEqual({
        action: 'edit',
        user: ada,
        channel: { kind: 'private', channelUUID: ChannelUUID, recipientUUID: bob.UUID },
        messageUUID: UUID,
        message: 'worse',
      });
      hook.answer(() => ({ action: 'refuse', reason: 'No.' }));
      await expect(changes.edit({ ...edit, key: 'edit-2' })).rejects.toMatchObject({ message: 'No.' });
    });

    it('is asked about an edit once: one that is sent again has the text that was stored', async () => {
      const { hook, ada, bob, eve, makeGroup, members, post, changes } = await setUp();
      const channelUUID = await makeGroup();
      await members.invite({ user: ada, channelUUID, userUUIDs: [bob.UUID, eve.UUID] });
      const { UUID } = await post('hello', { target: { channelUUID } });
      const edit = { user: ada, target: { channelUUID }, UUID, key: 'edit-1', message: 'worse' };
      hook.answer(() => ({ action: 'rewrite', message: `for @${bob.Username}` }));
      const edited = await changes.edit(edit);
      const asked = hook.asked.length;
      for (const answer of [{ action: 'refuse' }, { action: 'rewrite', message: `for @${eve.Username}` }]) {
        hook.answer(() => answer);
        expect(await changes.edit(edit)).toEqual(edited);
      }
      expect(hook.asked).toHaveLength(asked);
      expect(await mentionsOf(eve)).toBe(0);
      expect(await mentionsOf(bob)).toBe(1);
    });

    it('decides once about an edit that two replicas make at once', async () => {
      const { hook, ada, bob, post, changes } = await setUp();
      const { UUID } = await post('hello');
      const waiting = hook.hold();
      const edit = { user: ada, target: { recipientUUID: bob.UUID }, UUID, key: 'edit-1', message: 'worse' };
      const edits = [changes.edit(edit), changes.edit(edit)];
      await eventually(() => expect(waiting).toHaveLength(2));
      waiting[0]!({ action: 'rewrite', message: 'one' });
      waiting[1]!({ action: 'rewrite', message: 'other' });
      const [one, other] = await Promise.all(edits);
      expect(other).toEqual(one);
    });

    it('is not asked about an edit of a message that is not there, or is of somebody else', async () => {
      const { hook, ada, bob, post, changes } = await setUp();
      const { UUID } = await post('hello');
      const asked = hook.asked.length;
      const edit = { UUID, key: 'edit-1', message: 'worse' };
      const ofBob = { ...edit, user: bob, target: { recipientUUID: ada.UUID } };
      await expect(changes.edit(ofBob)).rejects.toMatchObject({ name: 'FORBIDDEN' });
      const ofNone = { ...edit, user: ada, target: { recipientUUID: bob.UUID }, UUID: randomUUID() };
      await expect(changes.edit(ofNone)).rejects.toMatchObject({ name: 'MESSAGE_NOT_FOUND' });
      expect(hook.asked).toHaveLength(asked);
    });

    it('gets the same id for a message that is sent again, which is stored once and stays stored', async () => {
      const { hook, requestOf, posts, texts } = await setUp();
      const waiting = hook.hold();
      const request = requestOf('hello', { clientUUID: 'c-1' });
      const [one, other] = [posts.post(request), posts.post({ ...request, key: 'another' })];
      await eventually(() => expect(waiting).toHaveLength(2));
      for (const answer of waiting) answer({ action: 'allow' });
      const stored = await one;
      expect(await other).toEqual(stored);
      hook.answer(() => ({ action: 'refuse' }));
      expect(await posts.post(request)).toEqual(stored);
      expect(new Set(hook.asked.map(({ id }) => id)).size).toBe(1);
      expect(await texts(stored.ChannelUUID)).toEqual(['hello']);
    });

    it('gets another id for another message, user and channel', async () => {
      const { hook, bob, post, posts, requestOf } = await setUp();
      await post('one', { key: 'k' });
      await post('one', { key: 'l' });
      await post('one', { key: 'k', target: {} });
      await posts.post({ ...requestOf('one', { key: 'k', target: {} }), sender: bob });
      expect(new Set(hook.asked.map(({ id }) => id)).size).toBe(4);
    });

    it('is asked about the kinds of channels that settings name only', async () => {
      const { hook, post } = await setUp({ kinds: ['private'] });
      await post('to all', { target: {} });
      expect(hook.asked).toEqual([]);
      await post('to one');
      expect(hook.asked).toHaveLength(1);
    });

    it('is not asked about a group in which the sender may not write', async () => {
      const { hook, bob, makeGroup, posts, requestOf } = await setUp();
      const channelUUID = await makeGroup();
      const asked = hook.asked.length;
      const request = { ...requestOf('hi', { target: { channelUUID } }), sender: bob };
      await expect(posts.post(request)).rejects.toMatchObject({ name: 'FORBIDDEN' });
      expect(hook.asked).toHaveLength(asked);
    });

    it('sends a message that does not wait back, and asks nobody', async () => {
      const { hook, requestOf, posts } = await setUp();
      await expect(posts.post(requestOf('hello'), NEVER_LATE, false)).rejects.toBeInstanceOf(AsksHook);
      expect(hook.asked).toEqual([]);
    });
  });

  describe('authorise', () => {
    it('decides who makes a group, and who is invited', async () => {
      const { hook, ada, bob, makeGroup, members, groups } = await setUp();
      const channelUUID = await makeGroup(true);
      expect(hook.asked.map(({ data }) => data)).toEqual([
        {
          ...{ action: 'create', user: ada, channel: { kind: 'group', channelUUID } },
          ...{ name: 'Chess', topic: 'moves', private: true },
        },
      ]);
      hook.answer(() => ({ action: 'refuse', reason: 'Ask your admin.' }));
      const refused = { name: 'FORBIDDEN', message: 'Ask your admin.' };
      await expect(makeGroup()).rejects.toMatchObject(refused);
      const invitation = { user: ada, channelUUID, userUUIDs: [bob.UUID] };
      await expect(members.invite(invitation)).rejects.toMatchObject(refused);
      expect(hook.asked.at(-1)!.data).toMatchObject({ action: 'invite', userUUIDs: [bob.UUID] });
      const { channels } = await groups.list({ user: ada, scope: 'mine', limit: 10 });
      expect(channels.map((each) => each.channelUUID)).toEqual([channelUUID]);
      hook.answer(() => ({ action: 'allow' }));
      expect(await members.invite(invitation)).toMatchObject({ invited: [bob.UUID] });
    });

    it('decides about the name and the topic of a group, and is not asked about its archive or by who may not change it', async () => {
      const { hook, ada, bob, makeGroup, members, groups } = await setUp();
      const channelUUID = await makeGroup(true);
      await members.invite({ user: ada, channelUUID, userUUIDs: [bob.UUID] });
      const asked = hook.asked.length;
      hook.answer(() => ({ action: 'refuse', reason: 'Keep the name.' }));
      const rename = { user: ada, channelUUID, name: 'Go', topic: 'stones' };
      await expect(groups.change(rename)).rejects.toMatchObject({ message: 'Keep the name.' });
      expect(hook.asked.slice(asked).map(({ data }) => data)).toEqual([
        { action: 'set', user: ada, channel: { kind: 'group', channelUUID }, name: 'Go', topic: 'stones' },
      ]);
      await expect(groups.change({ ...rename, user: bob })).rejects.toMatchObject({ name: 'FORBIDDEN' });
      await groups.change({ user: ada, channelUUID, archived: true });
      await groups.change({ user: ada, channelUUID, archived: false });
      expect(hook.asked).toHaveLength(asked + 1);
      expect((await groups.read({ user: ada, channelUUID })).channel.name).toBe('Chess');
      hook.answer(() => ({ action: 'allow' }));
      expect((await groups.change(rename)).channel.name).toBe('Go');
    });

    it('keeps who was refused from every way to read a public group', async () => {
      const { hook, ada, bob, makeGroup, channels, logs, joinOf, posts, requestOf } = await setUp();
      const channelUUID = await makeGroup();
      await posts.post(requestOf('secret', { target: { channelUUID } }));
      hook.answer(({ data }) => (data.action === 'join' ? { action: 'refuse', reason: 'Closed.' } : {}));
      await expect(channels.join(joinOf(bob, { channelUUID }))).rejects.toMatchObject({ message: 'Closed.' });
      const outsider = { name: 'FORBIDDEN' };
      const history = { user: bob, target: { channelUUID }, limit: 10 };
      await expect(logs.history(history)).rejects.toMatchObject(outsider);
      const [head] = await logs.heads({ user: bob, channelUUIDs: [channelUUID] });
      expect(head).toBeUndefined();
      await expect(logs.open({ user: bob, target: { channelUUID } })).rejects.toMatchObject(outsider);
      expect(await logs.history({ ...history, user: ada })).toHaveProperty('messages.length', 1);
    });

    it('is asked about a group once a user wants to become a member, by a join or a subscription', async () => {
      const { hook, bob, makeGroup, channels, logs, joinOf } = await setUp();
      const channelUUID = await makeGroup();
      hook.answer(({ data }) => (data.action === 'join' ? { action: 'refuse', reason: 'Closed.' } : {}));
      const refused = { name: 'FORBIDDEN', message: 'Closed.' };
      await expect(channels.join(joinOf(bob, { channelUUID }))).rejects.toMatchObject(refused);
      await expect(logs.open({ user: bob, target: { channelUUID } })).rejects.toMatchObject(refused);
      hook.answer(() => ({ action: 'allow' }));
      await channels.join(joinOf(bob, { channelUUID }));
      const asked = hook.asked.length;
      hook.answer(() => ({ action: 'refuse' }));
      await channels.join(joinOf(bob, { channelUUID }));
      await logs.open({ user: bob, target: { channelUUID } });
      expect(hook.asked).toHaveLength(asked);
    });

    it('is asked about each join of the other channels, unless it is noted once more', async () => {
      const { hook, ada, bob, channels, logs, joinOf } = await setUp();
      hook.answer(() => ({ action: 'refuse', reason: 'Closed.' }));
      for (const target of [{}, { recipientUUID: bob.UUID }]) {
        await expect(channels.join(joinOf(ada, target))).rejects.toMatchObject({ message: 'Closed.' });
        await expect(logs.open({ user: ada, target })).rejects.toMatchObject({ message: 'Closed.' });
        expect(await channels.join({ ...joinOf(ada, target), again: true })).toHaveProperty('epoch');
      }
      expect(hook.asked.map(({ data }) => data.channel.kind)).toEqual([
        'general',
        'general',
        'private',
        'private',
      ]);
    });

    it('is not asked where a client resumes', async () => {
      const { hook, ada, bob, logs, post } = await setUp();
      const { ChannelUUID } = await post('hello');
      const asked = hook.asked.length;
      hook.answer(() => ({ action: 'refuse' }));
      const heads = await logs.heads({
        ...{ user: ada, channelUUIDs: [ChannelUUID, generalChannel.channelUUID], recipients: [bob.UUID] },
      });
      expect(heads).toMatchObject([{ seq: 1 }, {}]);
      expect(hook.asked).toHaveLength(asked);
    });

    it('sends a join that does not wait back before anything is done', async () => {
      const { hook, ada, bob, channels, joinOf, makeGroup } = await setUp();
      const channelUUID = await makeGroup();
      const asked = hook.asked.length;
      for (const join of [joinOf(ada, {}), joinOf(bob, { channelUUID })])
        await expect(channels.join(join, NEVER_LATE, false)).rejects.toBeInstanceOf(AsksHook);
      // Members of a group wait for nobody.
      expect(await channels.join(joinOf(ada, { channelUUID }), NEVER_LATE, false)).toMatchObject({
        channelUUID,
      });
      expect(hook.asked).toHaveLength(asked);
    });

    it('gets the same id for a group that is asked for again, whatever id the group would have', async () => {
      const { hook, ada, groups } = await setUp();
      hook.answer(() => ({ action: 'refuse' }));
      for (const id of ['request-1', 'request-1', 'request-2']) {
        const asked = { user: ada, channelUUID: newGroupId(), name: 'Chess', topic: '', private: true };
        await expect(groups.create(asked, { ...NEVER_LATE, id })).rejects.toMatchObject({
          name: 'FORBIDDEN',
        });
      }
      const ids = hook.asked.map(({ id }) => id);
      expect(ids[0]).toBe(ids[1]);
      expect(new Set(ids).size).toBe(2);
    });

    it('gets the same id for a request that is delivered again', async () => {
      const { hook, ada, channels, joinOf, logs } = await setUp();
      const join = joinOf(ada, {});
      await channels.join(join);
      await channels.join(join);
      for (const id of ['request-1', 'request-1', 'request-2'])
        await logs.open({ user: ada, target: {} }, { id });
      const ids = hook.asked.map(({ id }) => id);
      expect(ids[0]).toBe(ids[1]);
      expect(ids[2]).toBe(ids[3]);
      expect(new Set(ids).size).toBe(3);
    });
  });
});
