import assert from 'node:assert/strict';
import { LIMITS, type User } from '@parley/protocol';
import { section } from '../../check.js';
import type { Frame } from '../../peer.js';
import type { Member, World } from '../../world.js';
import { type Place, post, requestFor, resumeFrame } from '../conversation.js';
import { errorNamed, joinFrame, saying } from '../expectations.js';

const MOST = LIMITS.subscriptionsPerConnection;
/** Subscriptions that are asked for without waiting for an answer. */
const AT_ONCE = 32;

/**
 * `count` users: those who exist already, and new ones to make up the number. A channel with each of them fills a
 * connection. Nobody is told of such a channel, and nothing is written to it.
 */
async function usersOf(world: World, { peer }: Member, count: number): Promise<string[]> {
  const { users } = await peer.ask({ type: 'users', users: { limit: count } });
  const found = users.users.map(({ UUID: uuid }: User) => uuid);
  const made = await world.joinMany(count - found.length);
  return [...found, ...made.map(({ userUUID }) => userUUID)];
}

/** Protocol, section 3: how many channels a connection may hold. */
export const subscriptionLimit = section('3.7', 'Channels of one connection', {
  'are at most 256, then LIMIT_REACHED; those it holds continue': async (world) => {
    const member = await world.join();
    const { peer, userUUID, accessKey } = member;
    const others = (await usersOf(world, member, MOST + 1)).filter((other) => other !== userUUID);
    const channels = [userUUID, ...others.slice(0, MOST - 1)];
    const beyond = requestFor('subscribe', others[MOST - 1]);
    const answers: Frame[] = [];
    // Not all at once: each has the time that one answer may take.
    for (let at = 0; at < MOST; at += AT_ONCE) {
      const some = channels
        .slice(at, at + AT_ONCE)
        .map((channel) => peer.ask(requestFor('subscribe', channel)));
      answers.push(...(await Promise.all(some)));
    }
    assert.equal(new Set(answers.map(({ subscribed }) => subscribed?.channelUUID)).size, MOST);
    await errorNamed('LIMIT_REACHED', peer, beyond);
    assert.equal((await peer.ask(requestFor('subscribe', userUUID))).type, 'subscribed');
    await post(peer, userUUID, ['still here']);
    await peer.next(saying('still here'), 'the note');
    assert.equal((await peer.ask(joinFrame())).type, 'channelJoin');
    await peer.ask(requestFor('unsubscribe', channels.at(-1)));
    assert.equal((await peer.ask(beyond)).type, 'subscribed');
    const left: Place = answers.at(-1)!['subscribed'];
    await errorNamed('LIMIT_REACHED', peer, resumeFrame(accessKey, [left]));
  },
  'are at most 256 in one `resume`': async (world) => {
    const { peer, accessKey } = await world.join();
    const channel = { channelUUID: '00000000-0000-0000-0000-000000000000', epoch: 'none', seq: 0 };
    const resume = { accessKey, channels: Array(MOST + 1).fill(channel) };
    await errorNamed('INVALID_FIELD', peer, { type: 'resume', resume });
  },
});
