import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { section } from '../../check.js';
import { assertMatches } from '../../matching.js';
import type { Frame } from '../../peer.js';
import type { Member } from '../../world.js';
import { post, requestById, requestFor, resume, subscribe, twoUsers } from '../conversation.js';
import { errorNamed, joinFrame, saying } from '../expectations.js';

const isTyping = ({ type }: Frame) => type === 'typing';

/** What tells that a user is writing in a channel. */
const typingOf = ({ userUUID, username }: Member, channelUUID: string): Frame => ({
  type: 'typing',
  typing: { channelUUID, userUUID, username },
});

/** Protocol, section 3: `typing`. */
export const typing = section('3.13', 'typing', {
  'reaches those who subscribed, or joined with an `id`, on any replica': async (world) => {
    const [one, two] = await twoUsers(world);
    const { channelUUID } = await subscribe(one.peer, two.userUUID);
    const joined = await world.signInByPair(one, { url: world.otherUrl });
    await joined.peer.ask(joinFrame(two.userUUID));
    two.peer.send(requestFor('typing', one.userUUID));
    for (const { peer } of [one, joined])
      assert.deepEqual(await peer.next('typing'), typingOf(two, channelUUID));
  },
  'does not reach a client that joined without an `id`, or follows another channel': async (world) => {
    const [one, two] = await twoUsers(world);
    const other = await world.signInByPair(one);
    await subscribe(other.peer, one.userUUID);
    one.peer.send(joinFrame(two.userUUID));
    await one.peer.next('channelJoin');
    await two.peer.ask(requestFor('typing', one.userUUID));
    await post(two.peer, one.userUUID, ['written']);
    await one.peer.next(saying('written'), 'the message');
    await world.curtain(one, other);
    for (const { peer } of [one, other]) assert.equal(peer.count(isTyping), 0);
  },
  'is answered only with an `id`, with the same frame': async (world) => {
    const [one, two] = await twoUsers(world);
    one.peer.send(requestFor('typing', two.userUUID));
    const answer = await one.peer.ask(requestFor('typing', two.userUUID));
    const { channelUUID } = await subscribe(two.peer, one.userUUID);
    assertMatches(typingOf(one, channelUUID), answer);
    await world.curtain(one);
    assert.equal(one.peer.count(isTyping), 1);
  },
  'is passed on once in 3 s for each connection and channel': async (world) => {
    const [one, two] = await twoUsers(world);
    const second = await world.signInByPair(two);
    const places = [await subscribe(one.peer, two.userUUID), await subscribe(one.peer)];
    for (let time = 0; time < 5; time += 1) two.peer.send(requestFor('typing', one.userUUID));
    await two.peer.ask(requestFor('typing'));
    await second.peer.ask(requestFor('typing', one.userUUID));
    await post(second.peer, one.userUUID, ['written']);
    await one.peer.next(saying('written'), 'the message');
    await world.curtain(one);
    const ofTwo = one.peer.frames.filter(
      (frame) => isTyping(frame) && frame.typing.userUUID === two.userUUID,
    );
    const channels = ofTwo.map(({ typing: { channelUUID } }) => channelUUID);
    assert.deepEqual(channels.sort(), [places[0]!, ...places].map(({ channelUUID }) => channelUUID).sort());
  },
  'is refused where the user may not post': async (world) => {
    const [one, two] = await twoUsers(world);
    const third = await world.join();
    const { channelUUID } = await subscribe(one.peer, two.userUUID);
    await post(one.peer, two.userUUID, ['between two']);
    await errorNamed('FORBIDDEN', third.peer, requestById('typing', channelUUID));
    await errorNamed('CHANNEL_NOT_FOUND', third.peer, requestById('typing', randomUUID()));
    await errorNamed('USER_NOT_FOUND', third.peer, requestFor('typing', randomUUID()));
    await errorNamed('NOT_SIGNED_IN', await world.connect(), requestFor('typing', one.userUUID));
    await world.curtain(one);
    assert.equal(one.peer.count(isTyping), 0);
  },
  'is stored nowhere, and has no Seq': async (world) => {
    const [one, two] = await twoUsers(world);
    const place = await subscribe(one.peer, two.userUUID);
    await two.peer.ask(requestFor('typing', one.userUUID));
    await one.peer.next('typing');
    const [ack] = await post(two.peer, one.userUUID, ['written']);
    assert.equal(ack!.Seq, 1);
    const { channelMessages: page } = await one.peer.ask(requestFor('channelMessages', two.userUUID));
    assert.equal(page.messagesTotal, 1);
    const back = await world.connect({ url: world.otherUrl });
    const { channels } = await resume(back, one, [place]);
    assertMatches({ seq: 1, recovered: true }, channels[0]);
    assert.equal(back.count(isTyping), 0);
  },
});
