import assert from 'node:assert/strict';
import { section } from '../../check.js';
import { epochTo, nextItem, openInbox, saidIn } from '../channels/inbox.js';
import { done, invite, newGroup } from './group-world.js';

/** Section 3, inbox: the items that groups make. */
export const inboxOfGroups = section('3.25', 'inbox of members of groups', {
  'tells of an invitation and a removal the user concerned, on every connection that asked': async (
    world,
  ) => {
    const [owner, user, other] = await world.joinMany(3);
    const second = await world.signInByPair(user!, { url: world.otherUrl });
    for (const { peer } of [owner!, user!, second, other!]) await openInbox(peer);
    const channelUUID = await newGroup(owner!);
    await invite(owner!, channelUUID, user!, other!);
    await invite(owner!, channelUUID, user!);
    await done(owner!, 'channelKick', channelUUID, { userUUID: user!.userUUID, ban: true });
    await done(other!, 'channelKick', channelUUID, { userUUID: other!.userUUID });
    const by = owner!.userUUID;
    for (const { peer } of [user!, second]) {
      await nextItem(peer, 2);
      assert.deepEqual(saidIn(peer), [
        { kind: 'invite', channelUUID, by },
        { kind: 'kick', channelUUID, by, ban: true },
      ]);
    }
    await world.curtain(owner!, other!);
    assert.deepEqual(saidIn(other!.peer), [{ kind: 'invite', channelUUID, by }]);
    assert.deepEqual(saidIn(owner!.peer), []);
  },
  'tells of nothing that the user does alone, nor one who was no member of a ban': async (world) => {
    const [owner, user, stranger] = await world.joinMany(3);
    for (const { peer } of [user!, stranger!]) await openInbox(peer);
    const channelUUID = await newGroup(owner!, false);
    await done(user!, 'channelJoin', channelUUID);
    await done(user!, 'channelKick', channelUUID, { userUUID: user!.userUUID });
    await done(owner!, 'channelKick', channelUUID, { userUUID: stranger!.userUUID, ban: true });
    await world.curtain(user!, stranger!);
    for (const { peer } of [user!, stranger!]) assert.deepEqual(saidIn(peer), []);
  },
  'keeps an invitation for one who is away': async (world) => {
    const [owner, user] = await world.joinMany(2);
    const place = await openInbox(user!.peer);
    const channelUUID = await newGroup(owner!);
    await user!.peer.close();
    await invite(owner!, channelUUID, user!);
    const { peer } = await world.signInByPair(user!, { url: world.otherUrl });
    const { seq, recovered } = await openInbox(peer, { epoch: place['epoch'], seq: place['seq'] });
    assert.deepEqual([seq, recovered], [1, true]);
    await nextItem(peer, 1);
    assert.deepEqual(saidIn(peer), [{ kind: 'invite', channelUUID, by: owner!.userUUID }]);
    assert.notEqual(epochTo(peer), place['epoch']);
  },
});
