import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type ChannelTarget,
  emptyHead,
  type HistoryRequest,
  type Identity,
  NO_EPOCH,
} from '@parley/contracts';
import { AppError } from '@parley/protocol';
import { generalChannel, privateChannelOf } from './channel.js';
import { ChannelsService } from './channels.service.js';
import { ChannelLab } from './fixtures/channel-lab.js';
import { KnownPeople, newUser } from './fixtures/people.js';
import { LogsService } from './logs.service.js';
import { PostsService } from './posts.service.js';

describe('LogsService', () => {
  let lab: ChannelLab;
  beforeAll(() => {
    lab = new ChannelLab();
  });
  afterAll(() => lab.close());

  function setUp() {
    const people = new KnownPeople();
    const directory = people.directory();
    const channels = new ChannelsService(
      lab.repository(),
      lab.inboxService(),
      directory,
      lab.groupMembers(directory),
      lab.hooks(),
    );
    const posts = new PostsService(
      channels,
      lab.posts(),
      lab.postItems(),
      directory,
      lab.budget(),
      lab.mentions(),
      lab.hooks(),
      lab.webhooks(),
    );
    const service = new LogsService(
      channels,
      lab.logs(),
      lab.inboxService(),
      directory,
      lab.groupMembers(directory),
      lab.hooks(),
    );
    const [ada, bob] = [people.add(newUser('ada')), people.add(newUser('bob'), false)];
    const eve = people.add(newUser('eve'));
    const write = (sender: Identity, recipient: Identity, message: string) =>
      posts.post({ sender, target: { recipientUUID: recipient.UUID }, message, key: randomUUID() });
    const history = (user: Identity, more: Partial<HistoryRequest>) =>
      service.history({ user, target: {}, limit: 10, ...more });
    return { people, service, ada, bob, eve, write, history };
  }

  describe('opens', () => {
    it('an unused channel, the same for both of its users, and makes no key', async () => {
      const { service, ada, bob } = setUp();
      const open = (user: Identity, target: ChannelTarget) =>
        service.open({ user, target, namesPartner: true });
      const forAda = await open(ada, { recipientUUID: bob.UUID });
      const { channelUUID } = privateChannelOf(ada.UUID, bob.UUID);
      expect(forAda).toEqual({ channelUUID, recipientUUID: bob.UUID, ...emptyHead(null) });
      expect(await open(bob, { channelUUID, recipientUUID: ada.UUID })).toEqual({
        ...forAda,
        recipientUUID: ada.UUID,
      });
      const [meta, log] = [lab.keys.meta(channelUUID), lab.keys.log(channelUUID)];
      expect(await lab.redis.exists(meta, log)).toBe(0);
    });

    it('an unused channel that a gateway of the version before finds by its id alone', async () => {
      const { service, ada, bob, eve } = setUp();
      const { channelUUID } = await service.open({ user: ada, target: { recipientUUID: bob.UUID } });
      const asked = { channelUUIDs: [channelUUID] };
      const [forBob] = await service.heads({ user: bob, ...asked });
      expect(forBob).toEqual({ ...privateRef(channelUUID, ada), ...emptyHead(null) });
      expect(await service.heads({ user: eve, ...asked })).toEqual([undefined]);
    });

    it('a channel that is written to, by either of its names', async () => {
      const { service, ada, bob, write } = setUp();
      const { ChannelUUID: channelUUID } = await write(ada, bob, 'one');
      const opened = await service.open({ user: ada, target: { channelUUID } });
      expect(opened).toMatchObject({ ...privateRef(channelUUID, bob), seq: 1, first: 1, from: 0 });
      expect(await service.open({ user: ada, target: { recipientUUID: bob.UUID } })).toEqual(opened);
    });

    it('no channel of others, and none that cannot exist', async () => {
      const { service, ada, bob, eve, write } = setUp();
      const { ChannelUUID: channelUUID } = await write(ada, bob, 'ours');
      await expect(service.open({ user: eve, target: { channelUUID } })).rejects.toEqual(
        new AppError('FORBIDDEN'),
      );
      await expect(
        service.open({ user: ada, target: { recipientUUID: randomUUID() } }),
      ).rejects.toMatchObject({
        name: 'USER_NOT_FOUND',
      });
    });
  });

  it('returns each head that the user may read, in order, and nothing about the others', async () => {
    const { service, ada, bob, eve, write } = setUp();
    const { ChannelUUID: withBob } = await write(ada, bob, 'one');
    const { ChannelUUID: withEve } = await write(eve, bob, 'not yours');
    const { ChannelUUID: notes } = await write(ada, ada, 'note');
    const unused = privateChannelOf(ada.UUID, eve.UUID).channelUUID;
    const general = generalChannel.channelUUID;
    const channelUUIDs = [withBob, withEve, general, randomUUID(), unused, notes];
    const heads = await service.heads({ user: ada, channelUUIDs });
    const one = { seq: 1, first: 1, from: 0, common: 1 };
    expect(heads).toEqual([
      { ...privateRef(withBob, bob), epoch: expect.any(String), ...one },
      undefined,
      expect.objectContaining({ channelUUID: general, recipientUUID: '', epoch: expect.any(String) }),
      undefined,
      undefined,
      { ...privateRef(notes, ada), epoch: expect.any(String), ...one },
    ]);
    const [forBob] = await service.heads({ user: bob, channelUUIDs: [withBob] });
    expect(forBob).toEqual({ ...heads[0], recipientUUID: ada.UUID });
    expect(await Promise.all([withBob, unused].map((log) => service.check(log)))).toEqual([
      { epoch: heads[0]!.epoch, ...one },
      emptyHead(null),
    ]);
  });

  it('returns the head of an unused private channel to a user who names its partner, and to no other', async () => {
    const { service, ada, bob, eve } = setUp();
    const unused = privateChannelOf(ada.UUID, bob.UUID).channelUUID;
    const heads = (user: Identity, recipient: Identity, epoch: string | null) =>
      service.heads({ user, channelUUIDs: [unused], recipients: [recipient.UUID], epochs: [epoch] });
    expect(await heads(ada, bob, null)).toEqual([{ ...privateRef(unused, bob), ...emptyHead(null) }]);
    expect(await heads(bob, ada, 'x')).toEqual([{ ...privateRef(unused, ada), ...emptyHead('x') }]);
    for (const recipient of [ada, bob, eve]) expect(await heads(eve, recipient, null)).toEqual([undefined]);
    expect(await heads(ada, eve, null)).toEqual([undefined]);
  });

  it('says of each log what it has in common with the epoch that its reader names', async () => {
    const { service, ada, bob, write } = setUp();
    const { ChannelUUID: log } = await write(ada, bob, 'one');
    const now = await service.check(log);
    await lab.redis.hset(lab.keys.meta(log), 'replid', '0123456789abcdef');
    await write(ada, bob, 'two');
    const next = await service.check(log);
    const epochs = [now.epoch, next.epoch, NO_EPOCH, randomUUID(), null];
    const logs = epochs.map(() => log);
    const heads = await service.heads({ user: ada, channelUUIDs: logs, epochs });
    expect(heads.map((head) => head?.common)).toEqual([1, 2, 0, -1, 2]);
    const checked = await Promise.all(epochs.map((epoch) => service.check(log, epoch)));
    expect(checked).toMatchObject(heads.map((head) => ({ common: head!.common })));
  });

  it('reads a log by pages; one that does not exist is empty', async () => {
    const { service, ada, bob, write } = setUp();
    const { ChannelUUID } = await write(ada, bob, 'one');
    await write(bob, ada, 'two');
    expect((await service.read(ChannelUUID, { after: 1 })).frames.map(({ seq }) => seq)).toEqual([2]);
    const unused = await service.read(randomUUID(), { after: 0, epoch: NO_EPOCH });
    expect(unused).toEqual({ ...emptyHead(NO_EPOCH), frames: [] });
  });

  describe('shows the history', () => {
    it('with present presence, by either name of the channel', async () => {
      const { ada, bob, write, history } = setUp();
      const { ChannelUUID: channelUUID } = await write(ada, bob, 'one');
      await write(bob, ada, 'two');
      const page = await history(ada, { target: { recipientUUID: bob.UUID } });
      const [adaNow, bobNow] = [
        { ...ada, OnLine: true },
        { ...bob, OnLine: false },
      ];
      expect(page).toMatchObject({ channelUUID, messagesTotal: 2, hasMore: false });
      expect(page.messages).toMatchObject([
        { Seq: 1, Message: 'one', Sender: adaNow, Recipient: bobNow },
        { Seq: 2, Message: 'two', Sender: bobNow, Recipient: adaNow },
      ]);
      expect(await history(ada, { target: { channelUUID } })).toEqual(page);
      expect((await history(ada, { target: { channelUUID }, before: 2 })).messages).toMatchObject([
        { Seq: 1 },
      ]);
      expect(await history(ada, { target: { channelUUID }, limit: 1 })).toMatchObject({
        ...{ hasMore: true, messages: [{ Seq: 2 }], messagesTotal: 2 },
      });
    });

    it('of an unused channel as empty, without making it', async () => {
      const { ada, bob, history } = setUp();
      const { channelUUID } = privateChannelOf(ada.UUID, bob.UUID);
      expect(await history(ada, { target: { recipientUUID: bob.UUID } })).toEqual({
        ...{ channelUUID, messagesTotal: 0, messages: [], hasMore: false },
      });
      expect(await lab.redis.exists(lab.keys.meta(channelUUID))).toBe(0);
    });

    it('to no other user', async () => {
      const { ada, bob, eve, write, history } = setUp();
      const { ChannelUUID: channelUUID } = await write(ada, bob, 'ours');
      await expect(history(eve, { target: { channelUUID } })).rejects.toEqual(new AppError('FORBIDDEN'));
    });
  });
});

const privateRef = (channelUUID: string, partner: Identity) => ({ channelUUID, recipientUUID: partner.UUID });
