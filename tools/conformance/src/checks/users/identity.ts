import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { type Check, section } from '../../check.js';
import { assertMatches } from '../../matching.js';
import type { Frame } from '../../peer.js';
import { authorizedOf, pairOf } from '../../world.js';
import { errorNamed, joinFrame, joinOf, leaveOf, saying, sendFrame } from '../expectations.js';

const USERS: Frame = { type: 'users', users: { limit: 1 } };

/** Protocol, section 1: who the sender is. */
export const senders = section('1.4', 'Who the sender is', {
  'a valid pair signs in a connection, also on another replica, under both names of the key': async (
    world,
  ) => {
    const { userUUID, accessKey } = await world.join();
    for (const url of [world.url, world.otherUrl]) {
      for (const pair of [{ accessKey }, { userAccessKey: accessKey }]) {
        const peer = await world.connect({ url });
        assert.equal((await peer.ask({ ...USERS, userUUID, ...pair })).type, 'users');
        assert.equal((await peer.ask(joinFrame())).type, 'channelJoin');
        const { userUUID: told, user } = await peer.next(joinOf(peer), 'sys channelJoin');
        assert.deepEqual([told, user.UUID], [userUUID, userUUID]);
      }
    }
  },
  'a valid pair signs in on any request': async (world) => {
    const member = await world.join();
    const peer = await world.connect();
    assert.equal((await peer.ask({ type: 'ping', ...pairOf(member) })).type, 'pong');
    assert.equal((await peer.ask(USERS)).type, 'users');
  },
  'an invalid pair signs nobody in': async (world) => {
    const [one, two] = [await world.join(), await world.join()];
    const peer = await world.connect();
    const wrong = [
      { userUUID: one.userUUID, userAccessKey: two.accessKey },
      { userUUID: one.userUUID, userAccessKey: `${one.accessKey.slice(1)}x` },
      { userUUID: one.userUUID, userAccessKey: '' },
      { userUUID: one.userUUID },
      { userAccessKey: one.accessKey },
      { userUUID: randomUUID(), userAccessKey: one.accessKey },
      { userUUID: '', userAccessKey: one.accessKey },
      { userUUID: one.userUUID, userAccessKey: 7 },
      { userUUID: one.userUUID, userAccessKey: one.password },
      { userUUID: one.userUUID, userAccessKey: `${one.accessKey}x` },
      { userUUID: one.userUUID, userAccessKey: ` ${one.accessKey}` },
      { userUUID: one.userUUID, userAccessKey: 'x'.repeat(50_000) },
      { userUUID: one.userUUID, userAccessKey: '\u0000{}*😀' },
      { userUUID: one.userUUID, SUUID: one.peer.sessionUUID, sessionUUID: one.peer.sessionUUID },
    ];
    for (const pair of wrong) await errorNamed('NOT_SIGNED_IN', peer, { ...USERS, ...pair });
    assert.equal((await peer.ask({ ...USERS, ...pairOf(one) })).type, 'users');
  },
  'a dead pair signs nobody in': async (world) => {
    const member = await world.join();
    await member.peer.ask({ type: 'signOut' });
    const peer = await world.connect({ url: world.otherUrl });
    await errorNamed('NOT_SIGNED_IN', peer, { ...USERS, ...pairOf(member) });
  },
  'on a signed-in connection the fields are ignored, whatever they hold': async (world) => {
    const [one, two] = [await world.join(), await world.join()];
    const fields = [
      { userUUID: '', accessKey: '' },
      { userUUID: randomUUID(), userAccessKey: 'stale' },
      { userUUID: 'no uuid', SUUID: 'neither', sessionUUID: 'nor this' },
      { userUUID: null, accessKey: null, SUUID: null, sessionUUID: null },
      { userUUID: 7, accessKey: {}, SUUID: [], sessionUUID: true },
      { ...pairOf(two), SUUID: two.peer.sessionUUID, sessionUUID: two.peer.sessionUUID },
    ];
    await one.peer.ask(joinFrame(one.userUUID));
    for (const [index, extra] of fields.entries()) {
      const text = `note ${index}`;
      assert.equal((await one.peer.ask({ ...sendFrame(text, one.userUUID), ...extra })).type, 'ack');
      const { channelMessage } = await one.peer.next(saying(text), 'the note');
      assert.equal(channelMessage.SenderUUID, one.userUUID);
    }
  },
  'a burst with the pair in every frame is one user from the first frame on': async (world) => {
    const member = await world.join();
    const peer = await world.connect({ url: world.otherUrl });
    const text = randomUUID();
    const frames = [USERS, joinFrame(member.userUUID), sendFrame(text, member.userUUID)];
    for (const frame of frames) peer.send({ ...frame, ...pairOf(member) });
    const { channelMessage } = await peer.next(saying(text), 'the note');
    assert.equal(channelMessage.SenderUUID, member.userUUID);
    await peer.fence();
    assert.equal(
      peer.count(({ type }) => type === 'error'),
      0,
    );
  },
});

const PROTECTED: Frame[] = [
  { type: 'signOut' },
  { type: 'users' },
  { type: 'channelJoin', channelJoin: { recipientUUID: '' } },
  { type: 'channelLeave', channelLeave: { recipientUUID: '' } },
  { type: 'channelMessage', channelMessage: { recipientUUID: '', message: 'hello' } },
];

/** Protocol, section 1: which requests need a signed-in connection, and which change its user. */
export const signedIn = section('1.6', 'Signed in or not', {
  ...Object.fromEntries(
    PROTECTED.map((request): [string, Check['run']] => [
      `\`${request.type}\` is NOT_SIGNED_IN before signing in`,
      async (world) => {
        const peer = await world.connect();
        await errorNamed('NOT_SIGNED_IN', peer, request);
        await world.signUpOn(peer);
        assert.notEqual((await peer.ask(request)).type, 'error');
      },
    ]),
  ),
  '`ping` needs no signed-in user': async (world) => (await world.connect()).fence(),
  'NOT_SIGNED_IN 25 times in a row does not close the connection': async (world) => {
    const peer = await world.connect();
    for (let time = 0; time < 25; time += 1) await errorNamed('NOT_SIGNED_IN', peer, { type: 'users' });
  },
  ...Object.fromEntries(
    (['signUp', 'signIn'] as const).map((type): [string, Check['run']] => [
      `\`${type}\` on a signed-in connection changes its user and leaves the joined channel`,
      async (world) => {
        const [before, witness] = [await world.join(), await world.join()];
        await witness.peer.ask(joinFrame());
        await before.peer.ask(joinFrame());
        const credentials = { username: world.newName(), password: world.newPassword() };
        const after = authorizedOf(await before.peer.ask({ type, [type]: credentials }));
        assert.notEqual(after.userUUID, before.userUUID);
        const left = await witness.peer.next(leaveOf(before.peer), 'channelLeave');
        assertMatches({ userUUID: before.userUUID, channelLeave: { recipientUUID: '' } }, left);
        const text = randomUUID();
        await before.peer.ask(sendFrame(text));
        const { channelMessage } = await witness.peer.next(saying(text), 'the message');
        assert.equal(channelMessage.SenderUUID, after.userUUID);
        await world.curtain({ ...before, ...after }, witness);
        assert.equal(before.peer.count(saying(text)), 0, 'it is still joined');
      },
    ]),
  ),
  'a failed sign-in leaves user and channel as they were': async (world) => {
    const [member, other] = [await world.join(), await world.join()];
    await member.peer.ask(joinFrame(member.userUUID));
    const { username } = other;
    const password = world.newPassword();
    await errorNamed('WRONG_PASSWORD', member.peer, { type: 'signIn', signIn: { username, password } });
    await errorNamed('USERNAME_TAKEN', member.peer, { type: 'signUp', signUp: { username, password } });
    await member.peer.ask(sendFrame('still here', member.userUUID));
    const { channelMessage } = await member.peer.next(saying('still here'), 'the note');
    assert.equal(channelMessage.SenderUUID, member.userUUID);
  },
});
