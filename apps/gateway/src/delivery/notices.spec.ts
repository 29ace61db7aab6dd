import { describe, expect, it } from '@jest/globals';
import { encodePublished, epochTag, fanOutChannel } from '@parley/contracts';
import { AppError } from '@parley/protocol';
import { type FakeLink, fakeConnection } from '../socket/fixtures/fake-link.js';
import { fakeHub } from './fixtures/fake-hub.js';
import { type Membership, ROLE, type Role } from './membership.js';

const CHANNEL = fanOutChannel('t', 'c');
const EPOCH = '00000001-0000-4000-8000-000000000000';

/** A channel with so many live members who subscribed, and a budget of so many frames per second. */
async function channelOf(members: number, noticesPerSecond: number) {
  const { hub, follower, subscriber } = fakeHub({ noticesPerSecond });
  const join = async (role: Role = ROLE.joined) => {
    const { connection, link } = fakeConnection();
    return { membership: await hub.addMember('c', connection, role), connection, link };
  };
  const goLive = (membership: Membership) => {
    membership.place(EPOCH, 0);
    membership.log.learn({ epoch: EPOCH, seq: 0 }, 0);
    return follower.goLive(membership);
  };
  const tell = (SUUID: string, type = 'sys') => {
    const json = JSON.stringify({ type, SUUID, userUUID: 'u' });
    subscriber.publish(CHANNEL, encodePublished(0, json));
  };
  const crowd = await Promise.all(Array.from({ length: members }, () => join(ROLE.subscribed)));
  for (const { membership } of crowd) await goLive(membership);
  const publish = (seq: number) =>
    subscriber.publish(
      CHANNEL,
      encodePublished(seq, `{"type":"channelMessage","SUUID":"entry ${seq}"}`, epochTag(EPOCH)),
    );
  return { hub, follower, crowd, join, goLive, tell, publish };
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

  it.each([
    ['before it is live', true],
    ['once it is live', false],
  ])(
    'tells a joining connection nothing that is older than its join, which may arrive %s',
    async (_, first) => {
      const { join, goLive, tell } = await channelOf(1, 1);
      const newcomer = await join();
      if (!first) await goLive(newcomer.membership);
      tell(newcomer.connection.id, 'channelLeave');
      tell('other-1');
      tell(newcomer.connection.id);
      if (first) await goLive(newcomer.membership);
      tell('other-2');
      expect(told(newcomer)).toEqual([newcomer.connection.id, 'other-2']);
    },
  );

  it('tells a connection what it held back when its join fails', async () => {
    const { join, goLive, tell, hub, follower, crowd } = await channelOf(1, 1);
    const [member] = [crowd[0]!];
    const failing = follower.follow(
      { connection: member.connection, role: ROLE.joined, logs: ['c'], holds: true },
      async () => {
        tell('other-1');
        throw new AppError('FORBIDDEN');
      },
    );
    await expect(failing).rejects.toMatchObject({ name: 'FORBIDDEN' });
    tell('other-2');
    expect(told(member)).toEqual(['other-1', 'other-2']);
    const again = await join();
    await goLive(again.membership);
    hub.find('c')!.interrupted();
    tell('other-3');
    expect(told(again)).toEqual(['other-3']);
  });

  it('tells a connection what follows an entry that is newer than its join', async () => {
    const { join, goLive, tell, publish } = await channelOf(1, 1);
    const newcomer = await join();
    await goLive(newcomer.membership);
    publish(1);
    tell('other-1');
    expect(told(newcomer)).toEqual(['entry 1', 'other-1']);
  });
});
