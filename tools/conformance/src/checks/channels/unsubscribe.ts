import assert from 'node:assert/strict';
import { section } from '../../check.js';
import { assertMatches } from '../../matching.js';
import type { Frame } from '../../peer.js';
import { messagesTo, post, requestById, requestFor, subscribe, twoUsers } from '../conversation.js';
import { saying } from '../expectations.js';

/** Protocol, section 3: `unsubscribe`. */
export const unsubscribing = section('3.6', 'unsubscribe', {
  'is answered with the channel, even if it was not subscribed': async (world) => {
    const [one, two] = await twoUsers(world);
    const { channelUUID } = await subscribe(one.peer, two.userUUID);
    const expected = { type: 'unsubscribed', unsubscribed: { channelUUID } };
    const requests: Frame[] = [
      requestFor('unsubscribe', two.userUUID),
      requestFor('unsubscribe', two.userUUID),
      requestById('unsubscribe', channelUUID),
    ];
    for (const request of requests) assertMatches(expected, await one.peer.ask(request));
    assertMatches(expected, await two.peer.ask(requestFor('unsubscribe', one.userUUID)));
  },
  'ends the frames of that channel and of no other': async (world) => {
    const [one, two] = await twoUsers(world);
    for (const channel of [one.userUUID, two.userUUID]) await subscribe(one.peer, channel);
    await one.peer.ask(requestFor('unsubscribe', two.userUUID));
    await post(two.peer, one.userUUID, ['unheard']);
    await post(one.peer, one.userUUID, ['heard']);
    await one.peer.next(saying('heard'), 'the note');
    await world.curtain(one);
    assert.equal(one.peer.count(saying('unheard')), 0);
  },
  'and `subscribe` in quick succession end in the state that the last one asks for': async (world) => {
    const [one, two] = await twoUsers(world);
    for (const last of ['subscribe', 'unsubscribe']) {
      for (let time = 0; time < 20; time += 1) {
        for (const type of ['subscribe', 'unsubscribe']) one.peer.send(requestFor(type, two.userUUID));
      }
      await one.peer.ask(requestFor(last, two.userUUID));
      await post(two.peer, one.userUUID, [last]);
      // A message that is still on its way between two replicas would meet the next `unsubscribe`.
      if (last === 'subscribe') await one.peer.next(saying(last), 'the message');
    }
    await world.curtain(one);
    assert.deepEqual(
      messagesTo(one.peer).map(({ Message: text }) => text),
      ['subscribe'],
    );
  },
});
