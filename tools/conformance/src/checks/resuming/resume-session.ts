import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { section } from '../../check.js';
import { assertMatches } from '../../matching.js';
import type { Frame } from '../../peer.js';
import { arrival, post, requestFor, resume, resumeFrame, subscribe, twoUsers } from '../conversation.js';
import { errorNamed, joinFrame, leaveOf, saying } from '../expectations.js';

const USERS = { type: 'users', users: { limit: 1 } };

/** Protocol, section 3: `resume` signs in. */
export const resumedSession = section('3.8', 'resume: the session', {
  'signs in by the access key alone, on any replica, and is answered with the user': async (world) => {
    const { userUUID, accessKey } = await world.join();
    for (const url of [world.url, world.otherUrl]) {
      const peer = await world.connect({ url });
      const answer = await peer.ask(resumeFrame(accessKey, []));
      assertMatches({ type: 'resumed', resumed: { userUUID } }, answer);
      assert.deepEqual(answer['resumed'].channels, []);
      assert.equal((await peer.ask(USERS)).type, 'users');
      await post(peer, userUUID, ['mine']);
    }
  },
  'needs no `channels`, and its answer has no `id` when it had none': async (world) => {
    const { userUUID, accessKey } = await world.join();
    const peer = await world.connect();
    peer.send({ type: 'resume', resume: { accessKey } });
    const frame = await peer.next('resumed');
    assert.deepEqual([frame['resumed'], 'id' in frame], [{ userUUID, channels: [] }, false]);
  },
  'is SESSION_EXPIRED for a key that is dead, truncated, too long or malformed, and signs nobody in': async (
    world,
  ) => {
    const [dead, living] = await twoUsers(world);
    await dead.peer.ask({ type: 'signOut' });
    const { accessKey } = living;
    const keys = ['', 'x', dead.accessKey, accessKey.slice(0, -1), `${accessKey}x`, ` ${accessKey}`];
    keys.push(`${accessKey.slice(0, -2)}__`, living.userUUID, '\u0000', '😀'.repeat(5_000));
    const peer = await world.connect({ url: world.otherUrl });
    for (const key of keys) {
      const place = { channelUUID: randomUUID(), epoch: '', seq: 0 };
      await errorNamed('SESSION_EXPIRED', peer, resumeFrame(key, [place]));
      await errorNamed('NOT_SIGNED_IN', peer, USERS);
    }
    await resume(peer, living, []);
  },
  'with a dead key changes nothing on a signed-in connection': async (world) => {
    const [dead, member] = await twoUsers(world);
    await dead.peer.ask({ type: 'signOut' });
    const { peer, userUUID } = member;
    await peer.ask(joinFrame(userUUID));
    await errorNamed('SESSION_EXPIRED', peer, resumeFrame(dead.accessKey, []));
    await post(peer, userUUID, ['still here']);
    const { channelMessage } = await peer.next(saying('still here'), 'the note');
    assert.equal(channelMessage.SenderUUID, userUUID);
  },
  'of another user on a signed-in connection changes its user, and the earlier user leaves what was held':
    async (world) => {
      const [witness, member] = await twoUsers(world);
      const other = await world.join();
      for (const { peer } of [witness, member]) await peer.ask(joinFrame());
      await subscribe(member.peer, witness.userUUID);
      await resume(member.peer, other, []);
      const told = await witness.peer.next(leaveOf(member.peer), 'channelLeave');
      assertMatches({ userUUID: member.userUUID }, told);
      const text = randomUUID();
      await post(witness.peer, undefined, [text]);
      await post(witness.peer, member.userUUID, [text]);
      await world.curtain({ ...other, peer: member.peer });
      assert.equal(member.peer.count(saying(text)), 0);
      await post(member.peer, other.userUUID, ['mine']);
      const { channelUUID } = await subscribe(other.peer, other.userUUID);
      await post(member.peer, other.userUUID, ['mine too']);
      const { channelMessage } = await arrival(other.peer, channelUUID, 2);
      assert.equal(channelMessage.SenderUUID, other.userUUID);
    },
  'ends with its session when that is signed out elsewhere': async (world) => {
    const member = await world.join();
    const peer = await world.connect({ url: world.otherUrl });
    await resume(peer, member, []);
    await member.peer.ask({ type: 'signOut' });
    await world.until(peer, USERS, ({ error }) => error?.name === 'NOT_SIGNED_IN');
    await errorNamed('SESSION_EXPIRED', peer, resumeFrame(member.accessKey, []));
  },
  'takes effect before the request that follows it immediately': async (world) => {
    const member = await world.join();
    const peer = await world.connect({ url: world.otherUrl });
    const frames: Frame[] = [
      resumeFrame(member.accessKey, []),
      USERS,
      requestFor('subscribe', member.userUUID),
    ];
    for (const frame of frames) peer.send(frame);
    await peer.fence();
    const types = peer.frames.map(({ type }) => type).filter((type) => type !== 'sys');
    assert.deepEqual(types, ['ready', 'resumed', 'users', 'subscribed', 'pong']);
  },
  'refuses fields of the wrong kind, and never shows the key': async (world) => {
    const { accessKey } = await world.join();
    const peer = await world.connect();
    const place = { channelUUID: randomUUID(), epoch: 'one', seq: 0 };
    const wrong: [object, RegExp][] = [
      [{}, /resume\.accessKey: expected/],
      [{ accessKey: 7 }, /resume\.accessKey: expected/],
      [{ accessKey, channels: {} }, /resume\.channels: expected/],
      [{ accessKey, channels: [7] }, /resume\.channels/],
      [{ accessKey, channels: [{ ...place, channelUUID: 'x' }] }, /channelUUID: expected/],
      [{ accessKey, channels: [{ ...place, epoch: 7 }] }, /epoch: expected/],
      [{ accessKey, channels: [{ ...place, seq: -1 }] }, /seq: expected/],
      [{ accessKey, channels: [{ ...place, seq: '1' }] }, /seq: expected/],
      [{ accessKey, channels: [place, {}] }, /channels/],
    ];
    for (const [payload, expected] of wrong) {
      const { message } = await errorNamed('INVALID_FIELD', peer, { type: 'resume', resume: payload });
      assert.match(message, expected);
    }
    await errorNamed('NOT_SIGNED_IN', peer, USERS);
  },
});
