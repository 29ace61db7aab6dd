import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { INestApplicationContext } from '@nestjs/common';
import {
  CONTACTS_CHANGED,
  type ContactsChanged,
  GATEWAY_ENDED,
  type GatewayEnded,
  type Identity,
  inboxId,
  newGroupId,
  type PostRequest,
} from '@parley/contracts';
import type { ServerFrameOf } from '@parley/protocol';
import { eventually, testRedis } from '@parley/testing';
import { privateChannelOf } from './channel.js';
import { readChannelsSettings } from './config.js';
import { type AskingModule, eventsOf, startAsking, startChannels, startPeople } from './fixtures/apps.js';
import { ChannelLab, message } from './fixtures/channel-lab.js';
import { KnownPeople, newUser } from './fixtures/people.js';
import { GroupsController } from './groups/groups.controller.js';
import { NEVER_LATE } from './redis/delivery.js';

describe('what was done and not told in an inbox', () => {
  const people = new KnownPeople();
  const apps: { close(): Promise<void> }[] = [];
  const lab = new ChannelLab();
  const settings = readChannelsSettings({
    ...{
      REDIS_URL: testRedis().url,
      REDIS_PREFIX: lab.prefix,
      LOG_LEVEL: 'fatal',
      TAKE_OVER_AFTER_MS: '500',
    },
  });
  let asking: AskingModule;
  let users: INestApplicationContext;
  let channels: INestApplicationContext;
  beforeAll(async () => {
    users = await startPeople(people, settings);
    apps.push(users);
    const { app, asking: module } = await startAsking(settings);
    apps.push(app);
    asking = module;
  });
  afterAll(async () => {
    for (const app of apps.reverse()) await app.close();
    lab.close();
  });

  const [ada, bob] = [people.add(newUser('ada')), people.add(newUser('bob'), false)];
  const inbox = inboxId(bob.UUID);
  const newPost = (text: string, clientUUID?: string): PostRequest => ({
    ...{ sender: ada, target: { recipientUUID: bob.UUID }, message: text, clientUUID, key: randomUUID() },
  });
  const texts = async () => {
    const { frames } = await lab.logs().page(inbox, { after: 0 });
    return frames.map(
      ({ json }) => (JSON.parse(json) as ServerFrameOf<'inboxItem'>).inboxItem.message!.Message,
    );
  };

  it('is told by the replica that takes the request over, although its deadline has passed', async () => {
    const [stream, group] = [`${lab.prefix}:rpc:{channels}:requests`, 'channels'];
    await lab.redis.xgroup('CREATE', stream, group, '0', 'MKSTREAM');
    const [begun, keyed, unknown] = [newPost('begun', 'c-1'), newPost('keyed'), newPost('not begun', 'c-2')];
    const posts = [begun, keyed, unknown];
    const lost = asking.channels.ask('channels.postAll', { posts }, { deadlineMs: 300, isRepeatable: true });
    // A replica takes the request, stores two of the messages, and dies.
    await lab.redis.xreadgroup('GROUP', group, 'dead', 'COUNT', 1, 'BLOCK', 5_000, 'STREAMS', stream, '>');
    const channel = privateChannelOf(ada.UUID, bob.UUID);
    for (const { message: text, clientUUID, key } of [begun, keyed]) {
      const mark = clientUUID === undefined ? { key } : { clientUUID };
      await lab.posts().append(message(ada, text, { channel, mark }));
    }
    await expect(lost).rejects.toMatchObject({ name: 'UNAVAILABLE' });
    expect(await texts()).toEqual([]);
    channels = await startChannels(settings);
    apps.push(channels);
    await eventually(async () => expect(await texts()).toEqual(['begun', 'keyed']));
    await eventually(async () => expect(await lab.redis.xlen(stream)).toBe(0));
    expect(await texts()).toHaveLength(2);
    expect(await lab.log(channel.channelUUID)).toHaveLength(2);
  }, 20_000);

  it('is told later, although its sender never sends it again', async () => {
    const meta = lab.keys.meta(inbox);
    await lab.redis.rename(meta, `${meta}:kept`);
    await lab.redis.set(meta, 'cannot be written');
    const posts = [newPost('first'), newPost('second', 'c-3')];
    const { outcomes } = await asking.channels.ask('channels.postAll', { posts });
    expect(outcomes.map((outcome) => 'stored' in outcome)).toEqual([true, true]);
    expect(await lab.log(inbox)).toHaveLength(2);
    // Other events are not held up.
    await lab.redis.hset(lab.keys.gatewayChannels('gateway-1'), randomUUID(), 'mark');
    await eventsOf(users).publish<GatewayEnded>(GATEWAY_ENDED, { gatewayId: 'gateway-1' });
    await eventually(async () => (await lab.redis.exists(lab.keys.gatewayChannels('gateway-1'))) === 0);
    await lab.redis.rename(`${meta}:kept`, meta);
    await eventually(async () => expect((await texts()).slice(2).sort()).toEqual(['first', 'second']));
    expect((await lab.inboxes().open(bob.UUID)).unread).toBe(4);
  }, 20_000);

  it('is told once, where it is an invitation or a removal, also when its deadline has passed', async () => {
    const [owner, member] = [people.add(newUser('owner')), people.add(newUser('member'), false)];
    const channelUUID = newGroupId();
    await asking.channels.ask('channels.createGroup', {
      ...{ user: owner, channelUUID, name: 'a group', topic: '', private: true },
    });
    const memberships = lab.groupMembers(people.directory());
    const dies = () => Promise.resolve();
    Object.assign(memberships, { inboxes: { tellInTheEnd: dies, markSeen: dies } });
    const kinds = async () => {
      const { frames } = await lab.logs().page(inboxId(member.UUID), { after: 0 });
      return frames.map(({ json }) => (JSON.parse(json) as ServerFrameOf<'inboxItem'>).inboxItem.kind);
    };
    const [invitation, removal] = [randomUUID(), randomUUID()];
    const invite = { user: owner, channelUUID, userUUIDs: [member.UUID] };
    const kick = { user: owner, channelUUID, userUUID: member.UUID, ban: false };
    // A replica does it and dies. Its request is taken over after the deadline.
    await memberships.invite(invite, { ...NEVER_LATE, id: invitation });
    expect(await kinds()).toEqual([]);
    const service = channels.get(GroupsController);
    const taken = (key: string) => ({ getIdempotencyKey: () => key }) as never;
    for (let time = 0; time < 2; time += 1) await service.completeInvitation(invite, taken(invitation));
    await memberships.kick(kick, { ...NEVER_LATE, id: removal });
    for (let time = 0; time < 2; time += 1) await service.completeKick(kick, taken(removal));
    await service.completeKick(kick, taken(randomUUID()));
    expect(await kinds()).toEqual(['invite', 'kick']);
  });

  it('is told later to the members of a group whose inboxes could not be written', async () => {
    const [ada2, away, here] = ['ada', 'away', 'here'].map((name) => people.add(newUser(name))) as [
      Identity,
      Identity,
      Identity,
    ];
    const channelUUID = newGroupId();
    await asking.channels.ask('channels.createGroup', {
      ...{ user: ada2, channelUUID, name: 'a group', topic: '', private: true },
    });
    const userUUIDs = [away.UUID, here.UUID];
    await asking.channels.ask('channels.invite', { user: ada2, channelUUID, userUUIDs });
    const messages = async ({ UUID }: Identity) => {
      const { frames } = await lab.logs().page(inboxId(UUID), { after: 0 });
      const items = frames.map(({ json }) => JSON.parse(json) as ServerFrameOf<'inboxItem'>);
      return items.flatMap(({ inboxItem }) => inboxItem.message?.Message ?? []);
    };
    const meta = lab.keys.meta(inboxId(away.UUID));
    await lab.redis.rename(meta, `${meta}:kept`);
    await lab.redis.set(meta, 'cannot be written');
    const post = { sender: ada2, target: { channelUUID }, message: 'to the group', key: randomUUID() };
    const { outcomes } = await asking.channels.ask('channels.postAll', { posts: [post] });
    expect(outcomes).toMatchObject([{ stored: { Seq: 3 } }]);
    expect(await messages(here)).toEqual(['to the group']);
    await lab.redis.rename(`${meta}:kept`, meta);
    await eventually(async () => expect(await messages(away)).toEqual(['to the group']));
    expect(await messages(here)).toEqual(['to the group']);
    expect((await lab.inboxes().open(away.UUID)).unread).toBe(1);
  }, 20_000);

  it('is told of contacts when the event of the users service comes, once for each request', async () => {
    const [one, other] = [people.add(newUser()), people.add(newUser())];
    const changed = { userUUID: one.UUID, otherUUID: other.UUID, change: 'contactAdd' } as const;
    const events = eventsOf(users);
    for (const key of ['first', 'first', undefined])
      await events.publish<ContactsChanged>(CONTACTS_CHANGED, { ...changed, ...(key && { key }) });
    const items = async ({ UUID }: Identity) => (await lab.log(inboxId(UUID))).length;
    await eventually(async () => expect([await items(one), await items(other)]).toEqual([2, 1]));
  });
});
