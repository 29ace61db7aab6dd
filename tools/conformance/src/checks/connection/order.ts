import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { section } from '../../check.js';
import type { Frame } from '../../peer.js';
import { show, type World } from '../../world.js';
import { errorIn, sendFrame } from '../expectations.js';

const PIPELINED = 100;

/** Cheap and expensive requests, so that a server that starts them all at once answers out of order. */
const MIXED = (own: string): Frame[] => [
  { type: 'users' },
  { type: 'ping' },
  { type: 'channelJoin', channelJoin: { recipientUUID: own } },
  { type: 'no-such-type' },
  sendFrame('a note', own),
  { type: 'channelLeave', channelLeave: { recipientUUID: own } },
  { type: 'channelJoin', channelJoin: { recipientUUID: randomUUID() } },
];

/** Protocol, section 1: the frames of one connection are handled and answered in order. */
export const order = section('1.5', 'Order', {
  'answers 100 pipelined requests in order': async (world) => {
    const { peer, userUUID } = await world.join();
    const mixed = MIXED(userUUID);
    const ids = Array.from({ length: PIPELINED }, (_, id) => id);
    for (const id of ids) peer.send({ ...mixed[id % mixed.length]!, id });
    await peer.next((frame) => frame.id === PIPELINED - 1, 'the last answer');
    const answered = peer.frames.map(({ id }) => id).filter((id) => typeof id === 'number');
    assert.deepEqual(answered, ids);
  },
  'lets each request see what those before it did': async (world) => {
    const peer = await world.connect();
    const signUp = { username: world.newName(), password: world.newPassword() };
    for (const frame of [{ type: 'signUp', signUp }, { type: 'signOut' }, { type: 'users' }])
      peer.send(frame);
    await peer.fence();
    const answers = peer.frames.filter(({ type }) => type !== 'sys').slice(1, 4);
    assert.deepEqual(
      answers.map(({ type, error }) => error?.name ?? type),
      ['authorized', 'signOut', 'NOT_SIGNED_IN'],
    );
  },
  'handles `signIn`, `users` and `channelJoin` in one burst with an empty `userUUID`': (world) =>
    burst(world, ''),
  'handles the same burst with a stale `userUUID`': (world) => burst(world, randomUUID()),
  'handles the same burst on a signed-in connection': async (world) => {
    const { peer, userUUID } = await world.join();
    await burst(world, userUUID, peer);
  },
  'delivers messages sent in one burst in the order in which they were sent': async (world) => {
    const { peer, userUUID } = await world.join();
    await peer.ask({ type: 'channelJoin', channelJoin: { recipientUUID: userUUID } });
    const texts = Array.from({ length: 50 }, (_, index) => `note ${index}`);
    for (const text of texts) peer.send(sendFrame(text, userUUID));
    await peer.next((frame) => frame.channelMessage?.Message === texts.at(-1), 'the last note');
    const messages = peer.frames.filter(({ type }) => type === 'channelMessage');
    assert.deepEqual(
      messages.map(({ channelMessage }) => channelMessage.Message),
      texts,
    );
  },
  'answers thousands of requests from a client that reads no answer meanwhile': async (world) => {
    const peer = await world.connect();
    peer.socket.pause();
    const ids = Array.from({ length: 5_000 }, (_, id) => id);
    for (const id of ids) peer.send({ type: 'ping', id });
    peer.socket.resume();
    await peer.next((frame) => frame.id === ids.at(-1), 'the last answer');
    const answers = peer.frames.slice(1);
    assert.deepEqual(
      answers.map(({ id }) => id),
      ids,
    );
    for (const answer of answers) if (answer.type !== 'pong') errorIn(answer, 'RATE_LIMITED');
  },
});

/** What clients in the field send when they start, without waiting and without ids. */
async function burst(world: World, userUUID: string, connected?: Awaited<ReturnType<World['connect']>>) {
  const peer = connected ?? (await world.connect());
  const first = peer.frames.length;
  const signIn = { username: world.newName(), password: world.newPassword() };
  const sessionUUID = peer.sessionUUID;
  peer.send({ type: 'signIn', signIn });
  peer.send({ type: 'users', userUUID });
  peer.send({ type: 'channelJoin', userUUID, sessionUUID, channelJoin: { recipientUUID: '' } });
  await peer.fence();
  const types = ['authorized', 'users', 'channelJoin', 'error'];
  const answers = peer.frames.slice(first).filter(({ type }) => types.includes(type));
  assert.deepEqual(
    answers.map(({ type }) => type),
    ['authorized', 'users', 'channelJoin'],
    answers.map(show).join(' '),
  );
}
