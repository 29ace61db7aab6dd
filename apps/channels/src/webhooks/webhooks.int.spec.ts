import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type ChannelTarget, type Identity, newGroupId } from '@parley/contracts';
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
import { WebhookEndpoint } from './webhook-endpoint.js';
import { WebhookSender } from './webhook-sender.js';
import type { WebhookReceiver } from './webhook-settings.js';
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
  return data.frame.channelMessage?.Message ?? type;
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
    const sender = new WebhookSender({
      ...{ name: receiver.name, repository, endpoint, logs: lab.logs(), logger },
      patience: { ...PATIENCE, ...patience },
    });
    const webhooks = lab.webhooks([{ receiver, sender }]);
    const start = () => {
      sender.start();
      closers.push(() => sender.stop());
    };
    return { repository, webhooks, start };
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
    expect(aside).toMatchObject([
      { channelUUID: ChannelUUID, seq: 1, reason: expect.stringContaining('400') },
    ]);
    await eventually(async () => (await repository.waiting(receiver.name)) === 0);
    endpoint.answering = ok;
    endpoint.received.length = 0;
    await repository.rewind(receiver.name, ChannelUUID, 0);
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
});
