import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { privateChannelOf } from '../channel.js';
import { ChannelsService } from '../channels.service.js';
import { ChannelLab } from '../fixtures/channel-lab.js';
import { groupWorld } from '../fixtures/group-world.js';
import { KnownPeople, newUser } from '../fixtures/people.js';
import { NEVER_LATE } from '../redis/delivery.js';
import { TypingService } from './typing.service.js';

describe('TypingService', () => {
  let lab: ChannelLab;
  beforeAll(() => {
    lab = new ChannelLab();
  });
  afterAll(() => lab.close());

  function setUp() {
    const people = new KnownPeople();
    const directory = people.directory();
    const members = lab.groupMembers(directory);
    const channels = new ChannelsService(
      lab.repository(),
      lab.inboxService(),
      directory,
      members,
      lab.hooks(),
    );
    const service = new TypingService(channels, lab.blocks(), lab.redis, lab.keys);
    return { service, people, ada: people.add(newUser('ada')), bob: people.add(newUser('bob')) };
  }

  it('publishes who is writing as a notice of the channel, and stores nothing', async () => {
    const { service, ada, bob } = setUp();
    const { channelUUID } = privateChannelOf(ada.UUID, bob.UUID);
    const log = await lab.frames(channelUUID);
    await service.tell(ada, { recipientUUID: bob.UUID });
    const typing = { channelUUID, userUUID: ada.UUID, username: ada.Username };
    expect(await log.settled()).toEqual([{ type: 'typing', typing }]);
    expect(log.frames[0]).toMatchObject({ seq: 0, epochTag: 0 });
    expect(await lab.redis.keys(`*${channelUUID}*`)).toEqual([]);
  });

  it('publishes nothing where the user may not post', async () => {
    const { service, people, ada, bob } = setUp();
    const { channelUUID } = privateChannelOf(bob.UUID, people.add(newUser()).UUID);
    const log = await lab.frames(channelUUID);
    await expect(service.tell(ada, { channelUUID })).rejects.toMatchObject({ name: 'FORBIDDEN' });
    await expect(service.tell(ada, { recipientUUID: randomUUID() })).rejects.toMatchObject({
      name: 'USER_NOT_FOUND',
    });
    expect(await log.settled()).toEqual([]);
  });

  it('publishes nothing between users of whom one blocks the other, and says why', async () => {
    const { service, ada, bob } = setUp();
    const { channelUUID } = privateChannelOf(ada.UUID, bob.UUID);
    const log = await lab.frames(channelUUID);
    const blocking = { user: ada.UUID, partner: bob.UUID };
    await lab.blocks().note(blocking, 'a mark', NEVER_LATE.deadline);
    for (const [from, to, message] of [
      [ada, bob, 'You have blocked'],
      [bob, ada, 'does not accept'],
    ] as const)
      await expect(service.tell(from, { recipientUUID: to.UUID })).rejects.toMatchObject({
        ...{ name: 'BLOCKED', message: expect.stringContaining(message) },
      });
    expect(await log.settled()).toEqual([]);
    await lab.blocks().undo(blocking, 'a mark');
    await service.tell(bob, { recipientUUID: ada.UUID });
    expect(await log.settled()).toHaveLength(1);
  });

  it('publishes nothing in a group for who is no member, is mute, or once it is archived', async () => {
    const { make, add, memberships, groups, channels, person } = groupWorld(lab);
    const service = new TypingService(channels, lab.blocks(), lab.redis, lab.keys);
    const [ada, bob] = [person(), person()];
    const channelUUID = await make(ada, false);
    await expect(service.tell(bob, { channelUUID })).rejects.toMatchObject({ name: 'FORBIDDEN' });
    await add(ada, channelUUID, bob);
    const log = await lab.frames(channelUUID);
    await service.tell(bob, { channelUUID });
    expect(await log.settled()).toHaveLength(1);
    await memberships.mute({ user: ada, channelUUID, userUUID: bob.UUID, seconds: 60 });
    await expect(service.tell(bob, { channelUUID })).rejects.toMatchObject({
      ...{ name: 'FORBIDDEN', message: expect.stringContaining('You may not write here until') },
    });
    await groups.change({ user: ada, channelUUID, archived: true });
    await expect(service.tell(ada, { channelUUID })).rejects.toMatchObject({ name: 'FORBIDDEN' });
    expect((await log.settled()).filter(({ type }) => type === 'typing')).toHaveLength(1);
  });
});
