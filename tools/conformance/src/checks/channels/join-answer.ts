import assert from 'node:assert/strict';
import { LIMITS, type Message, type User } from '@parley/protocol';
import { section } from '../../check.js';
import { pairOf, type World } from '../../world.js';
import { errorNamed, joinFrame, sendFrame } from '../expectations.js';

const namesOf = (users: readonly User[]) => users.map(({ Username }) => Username).sort();
const textsOf = (messages: readonly Message[]) => messages.map(({ Message: text }) => text);

/** Protocol, section 2: `users` of a `channelJoin`. */
export const joinedUsers = section('2.9', 'users of a channelJoin', {
  'shows who is joined now, each user once however many connections they have': async (world) => {
    const [member, other] = [await world.join(), await world.join()];
    const second = await world.signInByPair(member, { url: world.otherUrl });
    for (const { peer } of [member, second]) await peer.ask(joinFrame());
    const { channelJoin: joined } = await other.peer.ask(joinFrame());
    const shown = joined.users.filter(({ UUID: uuid }: User) => uuid === member.userUUID);
    if (joined.usersTotal <= LIMITS.joinedUsersShown) {
      assert.deepEqual(shown, [{ UUID: member.userUUID, Username: member.username, OnLine: true }]);
      assert.equal(joined.users.length, joined.usersTotal);
    } else assert.ok(shown.length <= 1);
  },
  'always shows both users of a private channel, with their presence': async (world) => {
    const [member, absent] = [await world.join(), await world.join()];
    const present = await member.peer.ask(joinFrame(absent.userUUID));
    assert.deepEqual(namesOf(present.channelJoin.users), [member.username, absent.username].sort());
    await absent.peer.ask({ type: 'signOut' });
    const answer = await world.until(member.peer, joinFrame(absent.userUUID), ({ channelJoin: { users } }) =>
      users.some(({ UUID: uuid, OnLine }: User) => uuid === absent.userUUID && !OnLine),
    );
    assert.deepEqual(namesOf(answer.channelJoin.users), [member.username, absent.username].sort());
  },
  'shows at most 100, and `usersTotal` says how many there are': async (world) => {
    const crowd = await world.joinMany(LIMITS.joinedUsersShown + 1);
    await Promise.all(crowd.map(({ peer }) => peer.ask(joinFrame())));
    const { channelJoin: joined } = await crowd[0]!.peer.ask(joinFrame());
    assert.equal(joined.users.length, LIMITS.joinedUsersShown);
    assert.equal(new Set(namesOf(joined.users)).size, LIMITS.joinedUsersShown);
    assert.ok(joined.usersTotal >= crowd.length, `usersTotal is ${joined.usersTotal}`);
  },
});

/** Protocol, section 2: `messages` of a `channelJoin`. */
export const joinedMessages = section('2.10', 'messages of a channelJoin', {
  'are the newest 10, newest first, by default': async (world) => {
    const { channelJoin: joined } = await historyOf(world, 12, {});
    assert.deepEqual(textsOf(joined.messages), ['12', '11', '10', '9', '8', '7', '6', '5', '4', '3']);
    assert.equal(joined.seq, 12);
  },
  'come in the order asked for, and are the newest in both orders': async (world) => {
    const ascending = await historyOf(world, 12, { order: 'asc' });
    assert.deepEqual(textsOf(ascending.channelJoin.messages), [
      '3',
      '4',
      '5',
      '6',
      '7',
      '8',
      '9',
      '10',
      '11',
      '12',
    ]);
    const descending = await historyOf(world, 3, { order: 'desc' });
    assert.deepEqual(textsOf(descending.channelJoin.messages), ['3', '2', '1']);
  },
  'are as many as asked for, from 1 to 100': async (world) => {
    const one = await historyOf(world, 3, { limit: 1 });
    assert.deepEqual(textsOf(one.channelJoin.messages), ['3']);
    const hundred = await historyOf(world, 101, { limit: 100, order: 'asc' });
    assert.equal(hundred.channelJoin.messages.length, 100);
    assert.equal(hundred.channelJoin.messages[0].Message, '2');
  },
  'refuses any other limit or order': async (world) => {
    const { peer } = await world.join();
    for (const limit of [0, 101, -1, 2.5, '10', null]) {
      const { message } = await errorNamed('INVALID_FIELD', peer, joinFrame('', { limit }));
      assert.match(message, /limit/);
      await peer.fence();
    }
    for (const order of ['up', 'ASC', '', 1, null]) {
      const { message } = await errorNamed('INVALID_FIELD', peer, joinFrame('', { order }));
      assert.match(message, /order/);
      await peer.fence();
    }
  },
  'are none in a channel where nobody has written': async (world) => {
    const { channelJoin: joined } = await historyOf(world, 0, {});
    assert.deepEqual([joined.messages, joined.seq], [[], 0]);
  },
  'survive when everybody leaves, and are the same on every replica': async (world) => {
    const [one, two] = [await world.join(), await world.join()];
    await one.peer.ask(sendFrame('kept', two.userUUID));
    await one.peer.close();
    const remote = await world.signInByPair(two, { url: world.otherUrl });
    const { channelJoin: joined } = await remote.peer.ask(joinFrame(one.userUUID));
    assert.deepEqual(textsOf(joined.messages), ['kept']);
  },
});

/** A new user's notes to themselves, numbered from 1, and then a join of that channel by another connection. */
async function historyOf(world: World, messages: number, options: object) {
  const member = await world.join();
  const { peer, userUUID } = member;
  const numbers = Array.from({ length: messages }, (_, index) => index + 1);
  await Promise.all(numbers.map((number) => peer.ask(sendFrame(`${number}`, userUUID))));
  const reader = await world.connect();
  return reader.ask({ ...joinFrame(userUUID, options), ...pairOf(member) });
}
