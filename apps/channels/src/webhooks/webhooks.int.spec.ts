import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type ChannelTarget, type Identity, newGroupId, type UserEvent } from '@parley/contracts';
import { createLogger } from '@parley/service-kit';
import { readSigningKeys } from '@parley/signed-http';
import { SignedCaller } from '@parley/signed-http/signed-caller';
import { Endpoint, eventually, type Received, withJson } from '@parley/testing';
import { ChangesService } from '../changes/changes.service.js';
import { ChannelsService } from '../channels.service.js';
import { ChannelLab } from '../fixtures/channel-lab.js';
import { KnownPeople, newUser } from '../fixtures/people.js';
import { PostsService } from '../posts.service.js';
import { NEVER_LATE } from '../redis/delivery.js';
import { AgainEntries } from './again-entries.js';
import { ChannelEntries } from './channel-entries.js';
import { DeliveriesService } from './deliveries.service.js';
import { UserEntries } from './user-entries.js';
import { UserEvents } from './user-events.js';
import { WebhookEndpoint } from './webhook-endpoint.js';
import type { WebhookLine } from './webhook-line.js';
import { WebhookSender } from './webhook-sender.js';
import type { WebhookReceiver } from './webhook-settings.js';
import type { WebhookSource } from './webhook-source.js';
import type { Webhooks } from './webhooks.js';
import { WebhooksRepository } from './webhooks.repository.js';

const keys = readSigningKeys(`test:whsec_${Buffer.alloc(32, 6).toString('base64')}`);
const PATIENCE = { backOffMs: 10, giveUpAfterMs: 86_400_000 };
const ok = withJson({});
/** A request with a name of its own: others under the name are that request once more. */
const named = () => ({ ...NEVER_LATE, id: randomUUID() });

const eventIn = ({ headers, body }: Received) => ({ id: headers['webhook-id']!, ...JSON.parse(body) });
/** What a message says, or what an event of another kind is. */
const saidIn = (received: Received) => {
  const { type, data } = eventIn(received);
  return data.frame?.channelMessage?.Message ?? type;
};

describe('webhooks', () => {
  let lab: ChannelLab;
  const closers: (() => unknown)[] = [];
  beforeAll(() => {
    lab = new ChannelLab();
  });
  afterEach(async () => {
    for (const close of closers.splice(0).reverse()) await close();
  });
  afterAll(() => lab.close());

  /** A replica that notes and sends one webhook. */
  function replicaFor(receiver: WebhookReceiver, patience: Partial<typeof PATIENCE> = {}) {
    const repository = new WebhooksRepository(lab.redis, lab.keys);
    const caller = new SignedCaller({ keys, connections: 8, answerBytes: 4_096, allowsPrivate: true });
    const logger = createLogger('channels', 'silent');
    const endpoint = new WebhookEndpoint(receiver, caller, logger);
    const [channels, users] = [new ChannelEntries(lab.logs()), new UserEntries(lab.redis, lab.keys)];
    const senderOf = (of: WebhookLine['of'], source: WebhookSource) =>
      new WebhookSender({
        ...{ line: { name: receiver.name, of }, repository, endpoint, source, logger },
        patience: { ...PATIENCE, ...patience },
      });
    const senders = {
      channels: senderOf('channels', channels),
      users: senderOf('users', users),
      again: senderOf('again', new AgainEntries(receiver.name, repository, channels, users)),
    };
    const webhooks = lab.webhooks([{ receiver, senders, close: () => endpoint.close() }]);
    const start = () => {
      webhooks.onApplicationBootstrap();
      closers.push(() => webhooks.beforeApplicationShutdown());
    };
    return { repository, webhooks, deliveries: new DeliveriesService(webhooks, repository), start };
  }

  async function setUp(more: Partial<WebhookReceiver> = {}, patience: Partial<typeof PATIENCE> = {}) {
    const endpoint = await Endpoint.open(ok);
    closers.push(() => endpoint.close());
    const receiver: WebhookReceiver = {
      ...{ name: randomUUID().slice(0, 8), url: endpoint.url, events: ['message', 'membership'] },
      channels: ['general', 'private', 'group'],
      ...more,
    };
    const replica = replicaFor(receiver, patience);
    const people = new KnownPeople();
    const directory = people.directory();
    const [ada, bob, eve] = ['ada', 'bob', 'eve'].map((name) => people.add(newUser(name))) as [
      Identity,
      Identity,
      Identity,
    ];
    const members = lab.groupMembers(directory, {}, undefined, undefined, undefined, replica.webhooks);
    const groups = lab.groupsService(directory, {}, undefined, undefined, undefined, replica.webhooks);
    const oldMembers = lab.groupMembers(directory);
    const makeOld = async () => {
      const channelUUID = newGroupId();
      const old = lab.groupsService(directory);
      await old.create({ user: ada, channelUUID, name: 'Old', topic: '', private: true });
      return channelUUID;
    };
    const channels = new ChannelsService(
      lab.repository(),
      lab.inboxService(),
      directory,
      members,
      lab.hooks(),
    );
    const posts = new PostsService(
      ...([channels, lab.posts(), lab.postItems(), directory, lab.budget(), lab.mentions()] as const),
      ...([lab.hooks(), replica.webhooks] as const),
    );
    const changes = new ChangesService(
      ...([channels, lab.changes(), lab.mentions(), lab.budget(), lab.inboxService()] as const),
      ...([lab.hooks(), replica.webhooks] as const),
    );
    const post = (
      message: string,
      target: ChannelTarget = { recipientUUID: bob.UUID },
      key: string = randomUUID(),
    ) => posts.post({ sender: ada, target, message, key });
    const said = () => endpoint.received.map(saidIn);
    const told = (count: number) => eventually(() => endpoint.received.length >= count && said());
    return {
      endpoint,
      receiver,
      ...replica,
      people,
      ada,
      bob,
      eve,
      members,
      groups,
      oldMembers,
      makeOld,
      changes,
      post,
      said,
      told,
    };
  }

  it('are told of each user whom one request has invited, also where it is the first that they are told of a group', async () => {
    const { endpoint, start, ada, bob, eve, members, groups, post, told } = await setUp();
    const channelUUID = newGroupId();
    await groups.create({ user: ada, channelUUID, name: 'Chess', topic: '', private: true });
    await members.invite({ user: ada, channelUUID, userUUIDs: [bob.UUID, eve.UUID] });
    await post('hello', { channelUUID });
    start();
    await told(3);
    expect(endpoint.received.map(eventIn).map(({ type, data }) => [type, data.seq])).toEqual([
      ['membership.channelInvite', 1],
      ['membership.channelInvite', 2],
      ['message.created', 3],
    ]);
  });

  it('are told of a change by the replica that handles it again, if the one that made it has died', async () => {
    const { endpoint, start, ada, bob, members, people, makeOld, told } = await setUp();
    const channelUUID = await makeOld();
    const kick = { user: ada, channelUUID, userUUID: bob.UUID, ban: false };
    const asking = { deadline: Number.MAX_SAFE_INTEGER, id: 'kick-1' };
    const died = lab.groupMembers(people.directory());
    await died.invite({ user: ada, channelUUID, userUUIDs: [bob.UUID] });
    await died.kick(kick, asking);
    await members.kick(kick, asking);
    start();
    await told(1);
    expect(endpoint.received.map(eventIn).map(({ type, data }) => [type, data.seq])).toEqual([
      ['membership.channelKick', 2],
    ]);
  });

  it('are told of messages and their changes in the order of the log, each signed and with an id of its own', async () => {
    const { endpoint, start, ada, bob, changes, post, told } = await setUp();
    start();
    const { UUID, ChannelUUID } = await post('one');
    await post('two');
    const target = { recipientUUID: bob.UUID };
    await changes.edit({ user: ada, target, UUID, key: 'e', message: 'better' });
    await changes.react({ user: bob, target: { recipientUUID: ada.UUID }, UUID, key: 'r', reaction: '👍' });
    await changes.delete({ user: ada, target, UUID, key: 'd' });
    await told(5);
    const events = endpoint.received.map(eventIn);
    expect(events.map(({ data }) => data.seq)).toEqual([1, 2, 3, 4, 5]);
    expect(events.map(({ type }) => type)).toEqual([
      ...['message.created', 'message.created', 'message.edited', 'message.reaction', 'message.deleted'],
    ]);
    expect(events[1]).toMatchObject({
      type: 'message.created',
      data: {
        channel: { channelUUID: ChannelUUID, kind: 'private' },
        seq: 2,
        frame: { channelMessage: { Message: 'two' } },
      },
    });
    expect(new Set(events.map(({ id }) => id)).size).toBe(5);
    expect(endpoint.received[0]!.headers['webhook-signature']).toMatch(/^v1,/);
  });

  it('are told of groups and their members', async () => {
    const { endpoint, start, ada, bob, members, groups, post, told } = await setUp();
    start();
    const channelUUID = newGroupId();
    await groups.create({ user: ada, channelUUID, name: 'Chess', topic: '', private: true });
    await members.invite({ user: ada, channelUUID, userUUIDs: [bob.UUID] }, named());
    await post('welcome', { channelUUID });
    await members.kick({ user: ada, channelUUID, userUUID: bob.UUID, ban: false }, named());
    await told(3);
    const types = endpoint.received.map((each) => eventIn(each).type as string);
    expect(types.filter((type) => type.startsWith('membership.')).length).toBe(2);
    expect(types[1]).toBe('message.created');
  });

  it('are told of a group from its first entry on, also where they look at it late', async () => {
    const { start, ada, bob, members, groups, post, told } = await setUp();
    const channelUUID = newGroupId();
    await groups.create({ user: ada, channelUUID, name: 'Chess', topic: '', private: true });
    await members.invite({ user: ada, channelUUID, userUUIDs: [bob.UUID] }, named());
    for (const text of ['one', 'two']) await post(text, { channelUUID });
    start();
    expect((await told(3)).slice(1)).toEqual(['one', 'two']);
  });

  it('are told of a group that is older than they are from its next change on', async () => {
    const { start, ada, bob, eve, oldMembers, members, makeOld, post, told } = await setUp();
    const channelUUID = await makeOld();
    await oldMembers.invite({ user: ada, channelUUID, userUUIDs: [bob.UUID] }, named());
    await members.invite({ user: ada, channelUUID, userUUIDs: [eve.UUID] }, named());
    await post('one', { channelUUID });
    start();
    expect(await told(2)).toEqual([expect.stringMatching(/^membership\./), 'one']);
  });

  it('are told of the kinds and channels that they ask for only', async () => {
    const { start, post, told, said, changes, ada } = await setUp({
      channels: ['general'],
      events: ['message'],
    });
    start();
    await post('to bob');
    const { UUID } = await post('to all', {});
    await changes.delete({ user: ada, target: {}, UUID, key: randomUUID() });
    await told(2);
    expect(said()).not.toContain('to bob');
  });

  it('get every event in order, none twice, from an endpoint that was down', async () => {
    const { endpoint, start, bob, eve, post, said } = await setUp();
    endpoint.answering = withJson({}, 503);
    start();
    const texts = Array.from({ length: 20 }, (_, n) => `${n}`);
    for (const text of texts) {
      await post(text, { recipientUUID: bob.UUID });
      await post(`eve ${text}`, { recipientUUID: eve.UUID });
    }
    await eventually(() => endpoint.received.length >= 2);
    const taken: Received[] = [];
    endpoint.answering = (received, response) => {
      taken.push(received);
      ok(received, response);
    };
    await eventually(() => taken.length >= 2 * texts.length, { timeoutMs: 25_000 });
    const ids = taken.map((each) => eventIn(each).id);
    expect(new Set(ids).size).toBe(ids.length);
    const saidTo = (prefix: RegExp) => taken.map(saidIn).filter((text) => prefix.test(text));
    expect(saidTo(/^\d/)).toEqual(texts);
    expect(saidTo(/^eve/)).toEqual(texts.map((text) => `eve ${text}`));
    // What was sent in vain had the same id.
    expect(ids).toContain(eventIn(endpoint.received[0]!).id);
    expect(said().length).toBeGreaterThan(taken.length);
  });

  it('go on in other channels while one waits for an answer', async () => {
    const { endpoint, start, eve, post } = await setUp();
    const held: (() => void)[] = [];
    endpoint.answering = (received, response) => {
      if (saidIn(received) === 'held') held.push(() => ok(received, response));
      else ok(received, response);
    };
    start();
    await post('held');
    await eventually(() => held.length === 1);
    await post('behind it');
    await post('free', { recipientUUID: eve.UUID });
    await eventually(() => endpoint.received.map(saidIn).includes('free'));
    expect(endpoint.received.map(saidIn)).not.toContain('behind it');
    held[0]!();
    await eventually(() => endpoint.received.map(saidIn).includes('behind it'));
  });

  it('go on in other channels while events of many are refused, for which nothing else waits', async () => {
    const { endpoint, people, start, post, told } = await setUp({}, { backOffMs: 100 });
    endpoint.answering = (received, response) =>
      withJson({}, saidIn(received) === 'poison' ? 400 : 200)(received, response);
    start();
    const refused = Array.from({ length: 20 }, () => people.add(newUser()));
    for (const { UUID } of refused) await post('poison', { recipientUUID: UUID });
    await told(refused.length);
    await post('free');
    await eventually(() => endpoint.received.map(saidIn).includes('free'), { timeoutMs: 25_000 });
    const attempts = new Map<string, number>();
    const areTriedAgain = () => {
      attempts.clear();
      for (const each of endpoint.received) {
        const { id } = eventIn(each);
        attempts.set(id, (attempts.get(id) ?? 0) + 1);
      }
      return [...attempts.values()].filter((count) => count > 4).length >= refused.length;
    };
    await eventually(areTriedAgain, { timeoutMs: 60_000 });
    const before = endpoint.received.length;
    for (let n = 0; n < 5; n += 1) {
      await post(`free ${n}`);
      await eventually(() => endpoint.received.map(saidIn).includes(`free ${n}`), { timeoutMs: 60_000 });
    }
    // Those that are refused come in their own time. One after the other, each with a pause, they would all come first.
    const between = endpoint.received.slice(before).filter((each) => saidIn(each) === 'poison');
    expect(between.length).toBeLessThan(refused.length);
  }, 120_000);

  it('are sent by several replicas, each event once and in order', async () => {
    const { endpoint, receiver, start, bob, eve, post, told } = await setUp();
    start();
    replicaFor(receiver).start();
    const texts = Array.from({ length: 15 }, (_, n) => `${n}`);
    for (const text of texts)
      await Promise.all([
        post(text, { recipientUUID: bob.UUID }),
        post(`eve ${text}`, { recipientUUID: eve.UUID }),
      ]);
    const all = await told(30);
    expect(endpoint.received).toHaveLength(30);
    expect(all.filter((text) => !text.startsWith('eve'))).toEqual(texts);
    expect(all.filter((text) => text.startsWith('eve'))).toEqual(texts.map((text) => `eve ${text}`));
  });

  it('get an event set aside that they do not take in time, go on, and begin again where an operator says', async () => {
    const { endpoint, receiver, repository, start, post } = await setUp({}, { giveUpAfterMs: 1 });
    endpoint.answering = (received, response) =>
      withJson({}, saidIn(received) === 'poison' ? 400 : 200)(received, response);
    start();
    const { ChannelUUID } = await post('poison');
    await post('next');
    await eventually(() => endpoint.received.map(saidIn).includes('next'));
    const aside = await repository.listAside(receiver.name, 10);
    expect(aside).toMatchObject([{ log: ChannelUUID, seq: 1, reason: expect.stringContaining('400') }]);
    const line = { name: receiver.name, of: 'channels' } as const;
    await eventually(async () => (await repository.waiting(line)) === 0);
    endpoint.answering = ok;
    endpoint.received.length = 0;
    await repository.rewind(line, ChannelUUID, 0);
    await eventually(() => endpoint.received.length >= 2);
    expect(endpoint.received.map(saidIn)).toEqual(['poison', 'next']);
  });

  it('have one event of a message that is posted again', async () => {
    const { endpoint, start, post, told } = await setUp();
    start();
    await post('once', undefined, 'same');
    await told(1);
    await post('once', undefined, 'same');
    await post('after', undefined);
    expect(await told(2)).toEqual(['once', 'after']);
    expect(endpoint.received).toHaveLength(2);
  });

  it('have a record of each delivery, which holds no text, and is that of the event however often it is sent', async () => {
    const { endpoint, receiver, deliveries, start, post, told } = await setUp();
    const { name } = receiver;
    endpoint.answering = withJson({}, 503);
    start();
    const { ChannelUUID } = await post('secret');
    const failing = await eventually(async () => {
      const [delivery] = (await deliveries.list({ name, limit: 10 })).deliveries;
      return delivery !== undefined && delivery.attempts > 1 && delivery;
    });
    expect(failing).toMatchObject({
      outcome: 'waiting',
      status: 503,
      fault: 'status',
      seq: 1,
      log: ChannelUUID,
    });
    const [state] = await deliveries.states();
    expect(state).toMatchObject({ name, waiting: 1, more: { failingSince: failing.firstAt, setAside: 0 } });
    endpoint.answering = ok;
    const taken = await eventually(async () => {
      const page = await deliveries.list({ name, limit: 10, outcome: 'taken' });
      return page.deliveries[0] ?? false;
    });
    expect(taken).toMatchObject({
      ...{ id: failing.id, type: 'message.created', status: 200, firstAt: failing.firstAt },
      attempts: endpoint.received.length,
    });
    expect(taken.lastAt).toBeGreaterThanOrEqual(taken.firstAt);
    expect(taken.id).toBe(eventIn(endpoint.received[0]!).id);
    const before = endpoint.received.length;
    for (const text of ['two', 'three']) await post(text);
    await told(before + 2);
    const all = await eventually(async () => {
      const page = await deliveries.list({ name, limit: 10 });
      return page.deliveries.length === 3 && page.deliveries;
    });
    expect(all.map(({ seq }) => seq)).toEqual([3, 2, 1]);
    expect(JSON.stringify(all)).not.toMatch(/secret|two|three/);
    const first = await deliveries.list({ name, limit: 2 });
    const rest = await deliveries.list({ name, limit: 2, cursor: first.cursor });
    expect([...first.deliveries, ...rest.deliveries]).toEqual(all);
    expect(rest.cursor).toBeUndefined();
    await expect(deliveries.list({ name, limit: 2, cursor: 'x' })).rejects.toMatchObject({
      name: 'INVALID_FIELD',
    });
    await expect(deliveries.list({ name: 'no', limit: 2 })).rejects.toMatchObject({ name: 'INVALID_FIELD' });
  });

  it('are sent a single event again, and what was set aside in its order, without the events around it', async () => {
    const { endpoint, receiver, deliveries, start, post, told } = await setUp({}, { giveUpAfterMs: 1 });
    const { name } = receiver;
    const poison = /poison/;
    endpoint.answering = (received, response) =>
      withJson({}, poison.test(saidIn(received)) ? 400 : 200)(received, response);
    start();
    for (const text of ['one', 'poison a', 'two', 'poison b', 'three']) await post(text);
    await eventually(() => endpoint.received.map(saidIn).includes('three'));
    const taken = await eventually(async () => {
      const page = await deliveries.list({ name, limit: 10, outcome: 'taken' });
      return page.deliveries.length === 3 && page.deliveries;
    });
    endpoint.answering = ok;
    endpoint.received.length = 0;
    await deliveries.replay({ name, id: taken.at(-1)!.id });
    expect(await told(1)).toEqual(['one']);
    expect(eventIn(endpoint.received[0]!).id).toBe(taken.at(-1)!.id);
    expect(await deliveries.replayAside({ name })).toEqual({ replayed: 2 });
    expect(await told(3)).toEqual(['one', 'poison a', 'poison b']);
    await eventually(async () => {
      const [state] = await deliveries.states();
      return state!.more!.setAside === 0 && state!.more!.again === 0;
    });
    expect(await deliveries.replayAside({ name })).toEqual({ replayed: 0 });
    await expect(deliveries.replay({ name, id: 'evt_no' })).rejects.toMatchObject({ name: 'INVALID_FIELD' });
    expect(endpoint.received).toHaveLength(3);
  });

  it('set an event aside once more that is sent again in vain', async () => {
    const { endpoint, receiver, deliveries, repository, start, post } = await setUp({}, { giveUpAfterMs: 1 });
    const { name } = receiver;
    endpoint.answering = withJson({}, 400);
    start();
    await post('poison');
    const asideOnce = () =>
      eventually(
        async () => (await repository.listAside(name, 10)).length === 1 && repository.listAside(name, 1),
      );
    const [aside] = await asideOnce();
    const before = endpoint.received.length;
    await deliveries.replay({ name, id: aside!.id });
    await eventually(() => endpoint.received.length > before);
    expect(await asideOnce()).toMatchObject([{ id: aside!.id, seq: 1 }]);
  });

  describe('of users', () => {
    /** What the users service would hand on, in pages. */
    const source = (...pages: UserEvent[][]) => {
      const asked: Readonly<Record<string, string>>[] = [];
      const ask = async (_: string, { after }: { after: Readonly<Record<string, string>> }) => {
        asked.push(after);
        return { events: pages.shift() ?? [], more: pages.length > 0 };
      };
      return { asked, ask };
    };
    const fetcher = (webhooks: Webhooks, users: ReturnType<typeof source>) =>
      new UserEvents(
        ...([lab.redis, lab.keys, webhooks, users as never] as const),
        ...([60_000, createLogger('channels', 'silent')] as const),
      );
    const eventOf = (user: Identity, id: number, type: UserEvent['type'] = 'user.online'): UserEvent => ({
      ...{ stream: 'presence', id: `${id}-0`, type, user, at: 1_700_000_000_000 + id },
    });
    afterEach(() => lab.redis.del(lab.keys.userEventsFetched()));

    it('are told in the order of each user, those of one user apart from the others', async () => {
      const { endpoint, webhooks, start, ada, bob } = await setUp({ events: ['user'] });
      const held: (() => void)[] = [];
      const ofAda = (received: Received) => eventIn(received).data.user.UUID === ada.UUID;
      endpoint.answering = (received, response) => {
        if (ofAda(received) && held.length === 0) held.push(() => ok(received, response));
        else ok(received, response);
      };
      start();
      const users = source(
        [eventOf(ada, 1), eventOf(bob, 2), eventOf(ada, 3, 'user.offline')],
        [eventOf(bob, 4, 'user.offline')],
      );
      const fetching = fetcher(webhooks, users);
      expect(await fetching.fetch(['user'])).toBe(true);
      expect(await fetching.fetch(['user'])).toBe(false);
      expect(users.asked).toEqual([{}, { presence: '3-0' }]);
      await eventually(() => endpoint.received.length === 3 && held.length === 1);
      held[0]!();
      await eventually(() => endpoint.received.length === 4);
      const events = endpoint.received.map(eventIn);
      const typesOf = ({ UUID }: Identity) =>
        events.filter(({ data }) => data.user.UUID === UUID).map(({ type }) => type);
      for (const user of [ada, bob]) expect(typesOf(user)).toEqual(['user.online', 'user.offline']);
      expect(events[0]).toMatchObject({ data: { user: { Username: expect.any(String) } } });
      expect(events.at(-1)!.data.at).toBe(new Date(1_700_000_000_003).toISOString());
      expect(new Set(events.map(({ id }) => id)).size).toBe(4);
    });

    it('are told once when they are fetched again, by a replica that follows one that died', async () => {
      const { endpoint, webhooks, start, ada, told } = await setUp({ events: ['user'] });
      start();
      const page = [eventOf(ada, 1), eventOf(ada, 2, 'user.offline')];
      await fetcher(webhooks, source(page)).fetch(['user']);
      await told(2);
      await lab.redis.del(lab.keys.userEventsFetched());
      const more = [...page, eventOf(ada, 3)];
      await fetcher(webhooks, source(more)).fetch(['user']);
      expect(await told(3)).toEqual(['user.online', 'user.offline', 'user.online']);
      expect(endpoint.received).toHaveLength(3);
    });

    it('are fetched by one replica at a time', async () => {
      const { webhooks, ada } = await setUp({ events: ['user'] });
      await fetcher(webhooks, source([eventOf(ada, 1)])).fetch(['user']);
      const other = source([eventOf(ada, 2)]);
      expect(await fetcher(webhooks, other).fetch(['user'])).toBe(false);
      expect(other.asked).toEqual([]);
    });

    it('can be sent again', async () => {
      const { endpoint, receiver, webhooks, deliveries, start, ada, told } = await setUp({
        events: ['user'],
      });
      start();
      await fetcher(webhooks, source([eventOf(ada, 1)])).fetch(['user']);
      await told(1);
      const { id } = eventIn(endpoint.received[0]!);
      await eventually(
        async () => (await deliveries.list({ name: receiver.name, limit: 1 })).deliveries.length === 1,
      );
      await deliveries.replay({ name: receiver.name, id });
      await told(2);
      expect(eventIn(endpoint.received[1]!).id).toBe(id);
    });
  });
});
