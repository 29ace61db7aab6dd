import assert from 'node:assert/strict';
import { CLOSE_CODES, LIMITS } from '@parley/protocol';
import { section } from '../../check.js';
import type { Frame } from '../../peer.js';
import { errorNamed } from '../expectations.js';

/** Protocol, section 1: what a frame looks like. */
export const envelope = section('1.2', 'Envelope', {
  'treats a missing payload as an empty one': async (world) => {
    const { peer, userUUID } = await world.join();
    assert.equal((await peer.ask({ type: 'users' })).type, 'users');
    assert.equal((await peer.ask({ type: 'channelJoin' })).channelJoin.recipientUUID, '');
    assert.equal((await peer.ask({ type: 'channelLeave' })).channelLeave.recipientUUID, '');
    assert.equal((await peer.ask({ type: 'signOut' })).signOut.uuid, userUUID);
  },
  'ignores unknown fields beside and inside the payload': async (world) => {
    const { peer } = await world.join();
    const odd = { odd: [{}], __proto: 1, constructor: null };
    const answer = await peer.ask({ type: 'users', users: { limit: 1, ...odd }, ...odd });
    assert.equal(answer.users.received, 1);
  },
  'looks for the payload only under the key named like the type': async (world) => {
    const { peer } = await world.join();
    const answer = await peer.ask({ type: 'users', channelJoin: { recipientUUID: 7 }, limit: 0 });
    assert.equal(answer.type, 'users');
  },
  'reads JSON however it is spaced and escaped': async (world) => {
    const peer = await world.connect();
    peer.sentIds.add('a');
    peer.send(' \r\n\t{ "id" :"\\u0061",\n"\\u0074ype":"pin\\u0067" } \n');
    assert.equal((await peer.next((frame) => frame.id === 'a', 'the answer')).type, 'pong');
  },
  'takes names that every object has for unknown ones': async (world) => {
    const { peer, userUUID } = await world.join();
    for (const type of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
      peer.send(`{"type":"${type}","${type}":{"type":"ping"}}`);
      assert.equal((await peer.next('error')).error.name, 'UNKNOWN_TYPE');
    }
    peer.send('{"__proto__":{"type":"ping"}}');
    assert.equal((await peer.next('error')).error.name, 'INVALID_FIELD');
    peer.send('{"type":"users","__proto__":{"id":"x"},"users":{"limit":1,"__proto__":{"offset":-1}}}');
    const { id, users } = await peer.next('users');
    assert.deepEqual([id, users.received], [undefined, 1]);
    assert.equal((await peer.ask({ type: 'signOut' })).signOut.uuid, userUUID);
  },
  'reads brackets as deep as a frame can hold': async (world) => {
    const { peer } = await world.join();
    for (const [open, close] of [
      ['[', ']'],
      ['{"a":', '}'],
    ] as const) {
      const depth = Math.floor((LIMITS.frameBytes - 100) / (open.length + close.length));
      const deep = open.repeat(depth) + (open === '[' ? '' : '1') + close.repeat(depth);
      peer.send(`{"type":"users","users":{"limit":1},"deep":${deep}}`);
      assert.equal((await peer.next('users')).users.received, 1);
      peer.send(open.repeat(LIMITS.frameBytes / open.length - 1));
      assert.equal((await peer.next('error')).error.name, 'BAD_JSON');
    }
  },
  'closes with 1009 after 100,000 brackets': async (world) => {
    const peer = await world.connect();
    peer.send('['.repeat(100_000));
    assert.equal(await peer.closeCode(), CLOSE_CODES.FRAME_TOO_BIG);
  },
});

const IDS = ['a', 'x'.repeat(64), '😀'.repeat(64), '0', 'null', ' ', '\u0000"\\\u2028', 0, 7, -1, 1.5, 1e21];

/** Protocol, section 1: how a client matches answers to requests. */
export const requestIds = section('1.3', 'Request id', {
  'is echoed as it was sent, string or number, up to 64 characters': async (world) => {
    const peer = await world.connect();
    for (const id of IDS) assert.equal((await peer.ask({ type: 'ping', id })).type, 'pong');
  },
  'is in the direct answer to every request': async (world) => {
    const { peer, username, password, accessKey } = await world.join();
    const requests: Frame[] = [
      { type: 'ping' },
      { type: 'users' },
      { type: 'channelJoin' },
      { type: 'channelMessage', channelMessage: { message: 'one' } },
      { type: 'channelLeave' },
      { type: 'channelMessages' },
      { type: 'subscribe' },
      { type: 'unsubscribe' },
      { type: 'inbox' },
      { type: 'resume', resume: { accessKey } },
      { type: 'signOut' },
      { type: 'signIn', signIn: { username, password } },
      { type: 'signUp', signUp: { username: world.newName(), password: world.newPassword() } },
    ];
    const answers = ['pong', 'users', 'channelJoin', 'ack', 'channelLeave', 'channelMessages'];
    answers.push('subscribed', 'unsubscribed', 'inbox', 'resumed', 'signOut');
    const types: string[] = [];
    for (const [id, request] of requests.entries()) types.push((await peer.ask({ ...request, id })).type);
    assert.deepEqual(types, [...answers, 'authorized', 'authorized']);
  },
  'is in every error': async (world) => {
    const peer = await world.connect();
    await errorNamed('NOT_SIGNED_IN', peer, { type: 'users', id: 1 });
    await errorNamed('UNKNOWN_TYPE', peer, { type: 'no-such-type', id: 'two' });
    await errorNamed('INVALID_FIELD', peer, { type: 'signIn', signIn: {}, id: 3 });
  },
  'is absent when the request had none': async (world) => {
    const peer = await world.connect();
    for (const frame of [{ type: 'ping' }, { type: 'users' }, { type: 'no-such-type' }]) peer.send(frame);
    await peer.fence();
    assert.deepEqual(
      peer.frames.map(({ type, id }) => [type, typeof id]),
      [
        ['ready', 'undefined'],
        ['pong', 'undefined'],
        ['error', 'undefined'],
        ['error', 'undefined'],
        ['pong', 'string'],
      ],
    );
  },
  'of the wrong kind or of 65 characters is INVALID_FIELD': async (world) => {
    const peer = await world.connect();
    for (const id of ['x'.repeat(65), '😀'.repeat(65), true, {}, []]) {
      peer.send(JSON.stringify({ type: 'ping', id }));
      const answer = await peer.next((frame) => frame.type !== 'ready', 'the answer');
      assert.equal(answer.error?.name, 'INVALID_FIELD', `id ${JSON.stringify(id)}`);
    }
  },
  'is never on a broadcast, not even the one to the sender': async (world) => {
    const [{ peer }, other] = [await world.join(), await world.join()];
    await other.peer.ask({ type: 'channelJoin' });
    await peer.ask({ type: 'channelJoin', id: 'join' });
    const SUUID = peer.sessionUUID;
    await peer.ask({ type: 'channelMessage', id: 'send', channelMessage: { message: SUUID } });
    const message = (frame: Frame) => frame.channelMessage?.Message === SUUID;
    const joined = (frame: Frame) => frame.type === 'sys' && frame.SUUID === SUUID;
    const left = (frame: Frame) => frame.type === 'channelLeave' && frame.SUUID === SUUID;
    const own = [await peer.next(message, 'the message'), await peer.next(joined, 'sys channelJoin')];
    await peer.ask({ type: 'channelLeave', id: 'leave' });
    const told = [message, joined, left].map((wanted) => other.peer.next(wanted, 'a broadcast'));
    for (const frame of [...own, ...(await Promise.all(told))]) assert.equal('id' in frame, false);
  },
  'is refused if it is a number that a double does not hold': async (world) => {
    const peer = await world.connect();
    peer.send('{"type":"ping","id":9007199254740993}');
    const answer = await peer.next((frame) => frame.type !== 'ready', 'the answer');
    assert.equal(answer.error?.name, 'INVALID_FIELD');
    assert.equal(answer.id, undefined);
  },
});
