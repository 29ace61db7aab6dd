import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { section } from '../../check.js';
import type { Member, World } from '../../world.js';
import { errorNamed, joinFrame, saying, sendFrame } from '../expectations.js';

/** Two users, each joined to their private channel, and its id. */
async function pair(world: World): Promise<{ one: Member; two: Member; channelUUID: string }> {
  const [one, two] = [await world.join(), await world.join({ url: world.otherUrl })];
  const { channelUUID } = (await one.peer.ask(joinFrame(two.userUUID))).channelJoin;
  assert.equal((await two.peer.ask(joinFrame(one.userUUID))).channelJoin.channelUUID, channelUUID);
  return { one, two, channelUUID };
}

const byChannel = (type: 'channelJoin' | 'channelMessage', payload: object) => ({ type, [type]: payload });

/** Protocol, section 2: private channels. */
export const privateChannels = section('2.12', 'Private channels', {
  'are one channel in both directions': async (world) => {
    const { one, two, channelUUID } = await pair(world);
    one.peer.send(sendFrame('there', two.userUUID));
    for (const { peer } of [one, two]) {
      const { channelMessage } = await peer.next(saying('there'), 'the message');
      assert.deepEqual(
        [channelMessage.SenderUUID, channelMessage.RecipientUUID, channelMessage.ChannelUUID],
        [one.userUUID, two.userUUID, channelUUID],
      );
    }
    two.peer.send(sendFrame('back', one.userUUID));
    for (const { peer } of [one, two]) {
      const { channelMessage } = await peer.next(saying('back'), 'the message');
      assert.deepEqual(
        [channelMessage.SenderUUID, channelMessage.RecipientUUID, channelMessage.Seq],
        [two.userUUID, one.userUUID, 2],
      );
    }
  },
  'may be with oneself': async (world) => {
    const { peer, userUUID, username } = await world.join();
    const { channelJoin } = await peer.ask(joinFrame(userUUID));
    assert.deepEqual(channelJoin.users, [{ UUID: userUUID, Username: username, OnLine: true }]);
    peer.send(sendFrame('note', userUUID));
    const { channelMessage } = await peer.next(saying('note'), 'the note');
    assert.deepEqual([channelMessage.RecipientUUID, channelMessage.Seq], [userUUID, 1]);
  },
  'are a different channel for every pair, and none is the general one': async (world) => {
    const [one, two, three] = [await world.join(), await world.join(), await world.join()];
    const channels = [];
    for (const recipient of ['', one.userUUID, two.userUUID, three.userUUID]) {
      channels.push((await one.peer.ask(joinFrame(recipient))).channelJoin.channelUUID);
    }
    channels.push((await two.peer.ask(joinFrame(three.userUUID))).channelJoin.channelUUID);
    assert.equal(new Set(channels).size, channels.length);
  },
  'need a recipient who exists': async (world) => {
    const { peer } = await world.join();
    await errorNamed('USER_NOT_FOUND', peer, joinFrame(randomUUID()));
  },
  'refuse a third party who knows the channel id': async (world) => {
    const { one, channelUUID } = await pair(world);
    const third = await world.join();
    await errorNamed('FORBIDDEN', third.peer, byChannel('channelJoin', { channelUUID }));
    await errorNamed('FORBIDDEN', third.peer, byChannel('channelMessage', { channelUUID, message: 'x' }));
    await world.curtain(one);
    assert.equal(one.peer.count(saying('x')), 0);
  },
  'show nothing to a third party, whatever channel it has joined': async (world) => {
    const { one, two } = await pair(world);
    const [inGeneral, withOne, alone] = [await world.join(), await world.join(), await world.join()];
    await inGeneral.peer.ask(joinFrame());
    await withOne.peer.ask(joinFrame(one.userUUID));
    await alone.peer.ask(joinFrame(alone.userUUID));
    const ownInGeneral = await world.signInByPair(one);
    await ownInGeneral.peer.ask(joinFrame());
    const text = randomUUID();
    one.peer.send(sendFrame(text, two.userUUID));
    await two.peer.next(saying(text), 'the message');
    const strangers = [inGeneral, withOne, alone, ownInGeneral];
    await world.curtain(...strangers);
    for (const { peer } of strangers) assert.equal(peer.texts.filter((t) => t.includes(text)).length, 0);
  },
});
