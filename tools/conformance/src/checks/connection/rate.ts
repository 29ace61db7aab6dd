import assert from 'node:assert/strict';
import { section } from '../../check.js';
import type { Frame } from '../../peer.js';
import type { World } from '../../world.js';
import { range, requestFor } from '../conversation.js';
import { errorIn, sendFrame } from '../expectations.js';

/** More frames at once than a connection may send by default, plus what it regains while they are read. */
const FLOOD = 1_500;
/** In the check of refused requests, another request follows each batch of this many pings. */
const BETWEEN = 50;

/** Sends the pings without waiting, with `other` between them now and then. @returns the answers to both. */
async function flood(world: World, other?: Frame) {
  const member = await world.join();
  const frames = range(1, FLOOD).flatMap((id): Frame[] => {
    const ping = { type: 'ping', id };
    return other && id % BETWEEN === 0 ? [ping, other] : [ping];
  });
  const answers = await Promise.all(frames.map((frame) => member.peer.ask(frame)));
  const isPing = (_: Frame, index: number) => frames[index]!.type === 'ping';
  const others = answers.filter((frame, index) => !isPing(frame, index));
  return { ...member, pings: answers.filter(isPing), others };
}

/** Protocol, section 4: how fast a connection may send. */
export const frameRate = section('4.7', 'A flood of frames', {
  'is RATE_LIMITED, and each refusal says when to try again': async (world) => {
    const { pings } = await flood(world);
    const refused = pings.filter(({ type }) => type !== 'pong');
    assert.ok(refused.length > 0 && refused.length < FLOOD, `${refused.length} of ${FLOOD} were refused`);
    for (const frame of refused) {
      const { retryAfterMs, payload } = errorIn(frame, 'RATE_LIMITED');
      assert.ok(Number.isInteger(retryAfterMs) && retryAfterMs > 0, `retryAfterMs ${retryAfterMs}`);
      assert.equal(payload.type, 'ping');
    }
  },
  'does not end the connection, which is served again a little later': async (world) => {
    const { peer, userUUID } = await flood(world);
    await world.until(peer, { type: 'ping' }, ({ type }) => type === 'pong');
    await world.until(peer, sendFrame('later', userUUID), ({ type }) => type === 'ack');
  },
  'has no effect where it is refused': async (world) => {
    const { userUUID } = await world.join();
    const { peer, others } = await flood(world, sendFrame('note', userUUID));
    const stored = others.filter(({ type }) => type === 'ack').length;
    assert.ok(stored < others.length, 'none was refused');
    const request = requestFor('channelMessages', userUUID);
    const page = await world.until(peer, request, ({ type }) => type === 'channelMessages');
    assert.equal(page['channelMessages'].messagesTotal, stored);
  },
  'affects no other connection, of the same user or of another': async (world) => {
    const [member, other] = [await world.join(), await world.join()];
    const second = await world.signInByPair(member);
    const pings = range(1, FLOOD).map((id) => member.peer.ask({ type: 'ping', id }));
    const others = [second, other].map(({ peer, userUUID }) => peer.ask(sendFrame('note', userUUID)));
    const answers = await Promise.all([...others, ...pings]);
    for (const { type } of answers.slice(0, others.length)) assert.equal(type, 'ack');
  },
});
