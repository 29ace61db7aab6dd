import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { ACQUAINTED_MEMBERS, Acquaintances } from './acquaintances.js';
import { ChannelLab } from './fixtures/channel-lab.js';
import { groupWorld } from './fixtures/group-world.js';

describe('Acquaintances', () => {
  let lab: ChannelLab;
  let acquaintances: Acquaintances;
  beforeAll(() => {
    lab = new ChannelLab();
    acquaintances = new Acquaintances(lab.redis, lab.keys, lab.inboxService(), lab.groupIndex());
  });
  afterAll(() => lab.close());

  it('are the members of the groups of a user who is still in them, as many as are asked for', async () => {
    const { person, make, add, memberships } = groupWorld(lab);
    const [ada, bob, eve] = [person(), person(), person()];
    const channelUUID = await make(ada);
    await add(ada, channelUUID, bob, eve);
    expect(new Set(await acquaintances.of(ada.UUID, 10))).toEqual(new Set([bob.UUID, eve.UUID]));
    expect(await acquaintances.of(ada.UUID, 1)).toHaveLength(1);
    await memberships.kick({ user: ada, channelUUID, userUUID: bob.UUID, ban: false });
    expect(await acquaintances.of(ada.UUID, 10)).toEqual([eve.UUID]);
    // As a replica leaves it that dies between two steps.
    await lab.redis.zadd(lab.keys.groupsOf(bob.UUID), 0, channelUUID);
    expect(await acquaintances.of(bob.UUID, 10)).toEqual([]);
  });

  it('are not the members of a group that is too large', async () => {
    const { person, make } = groupWorld(lab);
    const ada = person();
    const channelUUID = await make(ada);
    const others = Array.from({ length: ACQUAINTED_MEMBERS - 1 }, () => [randomUUID(), 'member 1 0']);
    await lab.redis.hset(lab.keys.members(channelUUID), Object.fromEntries(others));
    expect(await acquaintances.of(ada.UUID, 10_000)).toHaveLength(ACQUAINTED_MEMBERS - 1);
    await lab.redis.hset(lab.keys.members(channelUUID), randomUUID(), 'member 1 0');
    expect(await acquaintances.of(ada.UUID, 10_000)).toEqual([]);
  });
});
