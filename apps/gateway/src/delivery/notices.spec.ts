import { describe, expect, it } from '@jest/globals';
import { encodePublished, fanOutChannel } from '@parley/contracts';
import { type FakeLink, fakeConnection } from '../socket/fixtures/fake-link.js';
import { fakeHub } from './fixtures/fake-hub.js';
import { type Membership, ROLE } from './membership.js';

const CHANNEL = fanOutChannel('t', 'c');

/** A channel with so many live members, and a budget of so many frames per second. */
async function channelOf(members: number, noticesPerSecond: number) {
  const { hub, follower, subscriber } = fakeHub({ noticesPerSecond });
  const join = async () => {
    const { connection, link } = fakeConnection();
    return { membership: await hub.addMember('c', connection, ROLE.joined), connection, link };
  };
  const goLive = (membership: Membership) => {
    membership.place('e', 0);
    membership.log.learnHead('e', 0);
    return follower.goLive(membership);
  };
  const tell = (SUUID: string, type = 'sys') => {
    const json = JSON.stringify({ type, SUUID, userUUID: 'u' });
    subscriber.publish(CHANNEL, encodePublished(0, json));
  };
  const crowd = await Promise.all(Array.from({ length: members }, join));
  for (const { membership } of crowd) await goLive(membership);
  return { crowd, join, goLive, tell };
}

/** Whose joins and leaves a member was told of. */
const told = ({ link }: { link: FakeLink }) => link.frames.map((frame) => frame['SUUID']);

describe('Notices', () => {
  it('tells up to 100 members of every join and leave, whatever the budget', async () => {
    const { crowd, tell } = await channelOf(100, 1);
    for (const n of [1, 2, 3]) tell(`other-${n}`);
    for (const member of crowd) expect(told(member)).toEqual(['other-1', 'other-2', 'other-3']);
  });

  it('tells more members only within the budget, and drops the rest', async () => {
    const { crowd, tell } = await channelOf(101, 150);
    for (const n of [1, 2, 3, 4]) tell(`other-${n}`, 'channelLeave');
    for (const member of crowd) expect(told(member)).toEqual(['other-1', 'other-2']);
  });

  it('tells a joining connection of its own join exactly once, even if the others are not told', async () => {
    const { crowd, join, goLive, tell } = await channelOf(101, 1);
    tell('uses up the budget');
    for (const { link } of crowd) link.texts.length = 0;
    const newcomer = await join();
    tell(newcomer.connection.id);
    await goLive(newcomer.membership);
    tell(newcomer.connection.id);
    expect(told(newcomer)).toEqual([newcomer.connection.id]);
    for (const member of crowd) expect(told(member)).toEqual([]);
  });
});
