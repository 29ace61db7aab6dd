import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { section } from '../../check.js';
import type { Frame } from '../../peer.js';
import { requestById, resume, twoUsers } from '../conversation.js';
import { errorNamed, saying } from '../expectations.js';
import {
  done,
  follow,
  groupOf,
  invite,
  newGroup,
  news,
  rolesIn,
  say,
  sevenUsers,
  told,
} from './group-world.js';

/** Section 3, membership: invitations, removals, bans, mutes and roles. */
export const groupMembers = section('3.23', 'Members of groups', {
  'are invited many at once, and their group is told of each': async (world) => {
    const [one, two, three] = await world.joinMany(3);
    const channelUUID = await newGroup(one!);
    await follow(one!, channelUUID);
    const nobody = randomUUID();
    const { userUUIDs, refused } = await done(one!, 'channelInvite', channelUUID, {
      userUUIDs: [two!.userUUID, three!.userUUID, nobody],
    });
    assert.deepEqual(userUUIDs, [two!.userUUID, three!.userUUID]);
    assert.deepEqual(refused, [{ userUUID: nobody, name: 'USER_NOT_FOUND' }]);
    const seqs: number[] = [];
    for (const { userUUID } of [two!, three!]) {
      const { by, Seq, channelUUID: where } = await told(one!, 'channelInvite', userUUID);
      assert.deepEqual([by, where], [one!.userUUID, channelUUID]);
      seqs.push(Seq);
    }
    assert.deepEqual(seqs, [1, 2]);
    await invite(one!, channelUUID, two!);
    await errorNamed(
      'USER_NOT_FOUND',
      one!.peer,
      requestById('channelInvite', channelUUID, { userUUID: nobody }),
    );
    for (const fields of [{}, { userUUID: nobody, userUUIDs: [nobody] }, { userUUIDs: [] }])
      await errorNamed('INVALID_FIELD', one!.peer, requestById('channelInvite', channelUUID, fields));
  },
  'are listed by pages with their roles, in the order in which they came': async (world) => {
    const all = await world.joinMany(5);
    const channelUUID = await newGroup(all[0]!);
    for (const user of all.slice(1)) await invite(all[0]!, channelUUID, user);
    const first = await done(all[1]!, 'channelMembers', channelUUID, { limit: 3 });
    const second = await done(all[1]!, 'channelMembers', channelUUID, { limit: 3, cursor: first['cursor'] });
    const members = [...first['members'], ...second['members']] as Frame[];
    assert.deepEqual(
      members.map(({ UUID, role }) => [UUID, role]),
      all.map(({ userUUID }, n) => [userUUID, n === 0 ? 'owner' : 'member']),
    );
    assert.deepEqual([first['total'], second['cursor']], [5, undefined]);
  },
  'who are removed lose the group on every connection at once': async (world) => {
    const [one, two] = await twoUsers(world);
    const channelUUID = await newGroup(one);
    await invite(one, channelUUID, two);
    const [joined, demo] = [
      await world.signInByPair(two),
      await world.signInByPair(two, { url: world.otherUrl }),
    ];
    await follow(two, channelUUID);
    await joined.peer.ask(requestById('channelJoin', channelUUID));
    demo.peer.send(requestById('channelJoin', channelUUID));
    await demo.peer.next('channelJoin');
    const { Seq } = await done(one, 'channelKick', channelUUID, { userUUID: two.userUUID });
    for (const member of [two, joined]) {
      const entry = await told(member, 'channelKick', two.userUUID);
      assert.deepEqual([entry['by'], entry['Seq'], 'ban' in entry], [one.userUUID, Seq, false]);
    }
    for (const { peer } of [joined, demo])
      await peer.next(({ channelLeave }) => channelLeave?.channelUUID === channelUUID, 'channelLeave');
    await say(one, channelUUID, 'among us');
    await world.curtain(two, joined, demo);
    for (const { peer } of [two, joined, demo]) assert.equal(peer.count(saying('among us')), 0);
    assert.equal(
      demo.peer.count(({ sys }) => sys?.type === 'channelKick'),
      0,
    );
  },
  'who are removed resume nothing, and come back by an invitation': async (world) => {
    const [one, two] = await twoUsers(world);
    const channelUUID = await newGroup(one);
    await invite(one, channelUUID, two);
    const place = await follow(two, channelUUID);
    await done(one, 'channelKick', channelUUID, { userUUID: two.userUUID });
    await told(two, 'channelKick', two.userUUID);
    for (const type of ['channelJoin', 'subscribe', 'channelMessages'])
      await errorNamed('CHANNEL_NOT_FOUND', two.peer, requestById(type, channelUUID));
    const resumed = await resume(await world.connect(), two, [
      { channelUUID, epoch: place['epoch'], seq: Number(place['seq']) },
    ]);
    assert.deepEqual(resumed.channels, [{ channelUUID, recovered: false }]);
    await invite(one, channelUUID, two);
    await follow(two, channelUUID);
    await say(one, channelUUID, 'welcome');
    await two.peer.next(saying('welcome'), 'the message after the way back');
  },
  'who are banned come back by no way until the ban is lifted': async (world) => {
    const [one, two] = await twoUsers(world);
    const channelUUID = await newGroup(one, false);
    await follow(two, channelUUID);
    const { ban } = await done(one, 'channelKick', channelUUID, { userUUID: two.userUUID, ban: true });
    assert.equal(ban, true);
    assert.equal((await told(two, 'channelKick', two.userUUID))['ban'], true);
    for (const type of ['channelJoin', 'subscribe'])
      await errorNamed('FORBIDDEN', two.peer, requestById(type, channelUUID));
    await errorNamed(
      'FORBIDDEN',
      one.peer,
      requestById('channelInvite', channelUUID, { userUUID: two.userUUID }),
    );
    assert.notEqual((await done(one, 'channelUnban', channelUUID, { userUUID: two.userUUID }))['Seq'], 0);
    assert.equal((await done(one, 'channelUnban', channelUUID, { userUUID: two.userUUID }))['Seq'], 0);
    await follow(two, channelUUID);
  },
  'who are mute read, and write when their time is over': async (world) => {
    const [one, two] = await twoUsers(world);
    const channelUUID = await newGroup(one);
    await invite(one, channelUUID, two);
    await follow(two, channelUUID);
    const { mutedUntil } = await done(one, 'channelMute', channelUUID, {
      userUUID: two.userUUID,
      seconds: 3_600,
    });
    assert.equal((await told(two, 'channelMute', two.userUUID))['mutedUntil'], mutedUntil);
    await errorNamed('FORBIDDEN', two.peer, requestById('channelMessage', channelUUID, { message: 'x' }));
    await say(one, channelUUID, 'listen');
    await two.peer.next(saying('listen'), 'the message');
    const answer = await done(one, 'channelMute', channelUUID, { userUUID: two.userUUID, seconds: 0 });
    assert.equal('mutedUntil' in answer, false);
    await say(two, channelUUID, 'at last');
    const nobody = randomUUID();
    await errorNamed(
      'USER_NOT_FOUND',
      one.peer,
      requestById('channelMute', channelUUID, { userUUID: nobody, seconds: 1 }),
    );
  },
  'have one owner: who gives the ownership away is a moderator, and the oldest moderator follows one who quits':
    async (world) => {
      const [one, two, three] = await world.joinMany(3);
      const channelUUID = await newGroup(one!);
      await invite(one!, channelUUID, two!, three!);
      await follow(three!, channelUUID);
      await done(one!, 'channelRole', channelUUID, { userUUID: three!.userUUID, role: 'owner' });
      assert.equal((await told(three!, 'channelRole', three!.userUUID))['role'], 'owner');
      assert.equal((await told(three!, 'channelRole', one!.userUUID))['role'], 'moderator');
      await done(three!, 'channelKick', channelUUID, { userUUID: three!.userUUID });
      assert.deepEqual(
        await rolesIn(two!, channelUUID),
        new Map([
          [one!.userUUID, 'owner'],
          [two!.userUUID, 'member'],
        ]),
      );
    },
  'follow an owner whose account is deleted': async (world) => {
    const [one, two] = await twoUsers(world);
    const channelUUID = await newGroup(one);
    await invite(one, channelUUID, two);
    await follow(two, channelUUID);
    one.peer.send({ type: 'accountDelete', accountDelete: { password: one.password } });
    assert.equal((await told(two, 'channelRole', two.userUUID))['role'], 'owner');
    assert.deepEqual(await rolesIn(two, channelUUID), new Map([[two.userUUID, 'owner']]));
  },
  'are not kicked and promoted at once: one of two moderators is too late': async (world) => {
    const who = await sevenUsers(world);
    for (let n = 0; n < 5; n += 1) {
      const { channelUUID } = await groupOf(who);
      const { userUUID } = who.other;
      const [promoted, kicked] = await Promise.all([
        who.moderator.peer.ask(requestById('channelRole', channelUUID, { userUUID, role: 'moderator' })),
        who.otherModerator.peer.ask(requestById('channelKick', channelUUID, { userUUID })),
      ]);
      const isPromoted = promoted.type === 'channelRole';
      assert.notEqual(isPromoted, kicked.type === 'channelKick');
      const role = (await rolesIn(who.owner, channelUUID)).get(userUUID);
      assert.equal(role, isPromoted ? 'moderator' : undefined);
    }
  },
  'do not come in by a join that meets a ban': async (world) => {
    const who = await sevenUsers(world);
    for (let n = 0; n < 5; n += 1) {
      const { channelUUID } = await groupOf(who);
      const { peer, userUUID } = who.outsider;
      await Promise.all([
        peer.ask(requestById('subscribe', channelUUID)),
        done(who.moderator, 'channelKick', channelUUID, { userUUID, ban: true }),
      ]);
      assert.equal((await rolesIn(who.owner, channelUUID)).has(userUUID), false);
      await say(who.owner, channelUUID, `after ${n}`);
      await errorNamed('FORBIDDEN', peer, requestById('subscribe', channelUUID));
      await world.curtain(who.outsider);
      assert.equal(peer.count(saying(`after ${n}`)), 0);
    }
  },
  'are told of nothing that does not change': async (world) => {
    const [one, two] = await twoUsers(world);
    const channelUUID = await newGroup(one);
    await invite(one, channelUUID, two);
    await follow(two, channelUUID);
    await invite(one, channelUUID, two);
    assert.equal(
      (await done(one, 'channelRole', channelUUID, { userUUID: two.userUUID, role: 'member' }))['Seq'],
      0,
    );
    assert.equal(
      (await done(one, 'channelMute', channelUUID, { userUUID: two.userUUID, seconds: 0 }))['Seq'],
      0,
    );
    await say(one, channelUUID, 'end');
    await two.peer.next(saying('end'), 'the message');
    for (const type of ['channelInvite', 'channelRole', 'channelMute'])
      assert.equal(two.peer.count(news(type)), 0);
  },
});
