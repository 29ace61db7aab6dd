import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Identity, inboxId, privateChannel } from '@parley/contracts';
import { privateChannelOf } from './channel.js';
import { ChannelsService } from './channels.service.js';
import { ChannelLab } from './fixtures/channel-lab.js';
import { KnownPeople, newUser } from './fixtures/people.js';
import type { InboxBehind } from './inbox-completion.js';
import { PostsService } from './posts.service.js';

describe('InboxService', () => {
  let lab: ChannelLab;
  beforeAll(() => {
    lab = new ChannelLab();
  });
  afterAll(() => lab.close());

  /** Two users, and a connection of the first. */
  function setUp() {
    const people = new KnownPeople();
    const directory = people.directory();
    const inboxes = lab.inboxService();
    const service = new ChannelsService(
      lab.repository(),
      inboxes,
      directory,
      lab.groupMembers(directory),
      lab.hooks(),
    );
    const posts = new PostsService(
      service,
      lab.posts(),
      lab.postItems(inboxes),
      directory,
      lab.budget(),
      lab.mentions(),
      lab.hooks(),
      lab.webhooks(),
    );
    const [ada, bob] = [people.add(newUser('ada')), people.add(newUser('bob'))];
    const channel = privateChannelOf(ada.UUID, bob.UUID);
    const connection = { gatewayId: randomUUID(), SUUID: randomUUID() };
    const target = { recipientUUID: bob.UUID };
    const join = () =>
      service.join({ key: randomUUID(), user: ada, target, connection, limit: 10, order: 'desc' });
    const leave = () => service.leave({ user: ada, channel, connection });
    const post = (sender: Identity, recipient: Identity) =>
      posts.post({
        ...{ sender, target: { recipientUUID: recipient.UUID }, message: 'text', key: randomUUID() },
      });
    const unread = async () => (await inboxes.open(ada.UUID)).unread;
    /** What the connections of Ada that have asked for her inbox are told of what she has read. */
    const told = async () =>
      (await lab.log(inboxId(ada.UUID)))
        .map(({ json }) => JSON.parse(json) as { kind: string; channelUUID: string; readSeq?: number })
        .filter(({ kind }) => kind === 'read')
        .map(({ channelUUID, readSeq }) => [channelUUID === channel.channelUUID, readSeq]);
    return { ada, bob, channel, connection, service, inboxes, join, leave, post, unread, told };
  }

  it('counts nothing in a channel while its user has joined it, nor after the leave', async () => {
    const { ada, bob, join, leave, post, unread } = setUp();
    await post(bob, ada);
    expect(await unread()).toBe(1);
    await join();
    for (let time = 0; time < 3; time += 1) await post(bob, ada);
    expect(await unread()).toBe(0);
    await leave();
    expect(await unread()).toBe(0);
    await post(bob, ada);
    expect(await unread()).toBe(1);
    await leave();
    expect(await unread()).toBe(1);
  });

  it('counts nothing that came before the end of the gateway by which its user had joined', async () => {
    const { ada, bob, connection, service, join, post, unread } = setUp();
    await join();
    await post(bob, ada);
    await service.forgetGateway(connection.gatewayId);
    expect(await unread()).toBe(0);
    await post(bob, ada);
    expect(await unread()).toBe(1);
  });

  it('knows the partners of those who have read or were written to, without the user', async () => {
    const { ada, bob, inboxes, post } = setUp();
    expect(await inboxes.partnersOf(ada.UUID, 10)).toEqual([]);
    await post(bob, ada);
    await post(ada, ada);
    await post(ada, bob);
    expect(await inboxes.partnersOf(ada.UUID, 10)).toEqual([bob.UUID]);
    expect(await inboxes.partnersOf(bob.UUID, 10)).toEqual([ada.UUID]);
  });

  it('knows no more partners than are asked for', async () => {
    const [{ ada }, inboxes] = [setUp(), lab.inboxes()];
    const channelUUIDs = Array.from({ length: 600 }, () => privateChannel(ada.UUID, randomUUID()));
    const meta = lab.keys.meta(inboxId(ada.UUID));
    await lab.redis.hset(meta, Object.fromEntries(channelUUIDs.map((UUID) => [UUID, 'place'])));
    expect(await inboxes.channelsOf(ada.UUID, 100)).toHaveLength(100);
    expect(new Set(await inboxes.channelsOf(ada.UUID, 1_000))).toEqual(new Set(channelUUIDs));
  });

  it('tells the other connections of a user what was read, where something was unread', async () => {
    const { ada, bob, join, leave, post, told } = setUp();
    await join();
    await post(ada, bob);
    await leave();
    expect(await told()).toEqual([]);
    await post(bob, ada);
    await join();
    expect(await told()).toEqual([[true, 2]]);
    await post(bob, ada);
    await leave();
    await post(bob, ada);
    await post(ada, bob);
    expect(await told()).toEqual([2, 3, 5].map((seq) => [true, seq]));
  });

  it('notes later what was read while the inbox could not be written, and refuses no join for it', async () => {
    const { ada, bob, channel, inboxes, join, post, unread } = setUp();
    await post(bob, ada);
    const lost = lab.redis.duplicate();
    lost.disconnect();
    const published: InboxBehind[] = [];
    const publish = (_: string, event: unknown) => Promise.resolve(void published.push(event as InboxBehind));
    const failing = lab.inboxService(lost, { publish });
    const { head } = await lab.logs().head(channel.channelUUID);
    await failing.markSeen(ada.UUID, channel, head);
    expect(await unread()).toBe(1);
    await failing.complete(published[0]!);
    expect(published.map(({ tries }) => tries)).toEqual([0, 1]);
    await inboxes.complete(published[1]!);
    expect(await unread()).toBe(0);
    await join();
  });
});
