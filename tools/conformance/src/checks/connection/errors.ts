import assert from 'node:assert/strict';
import { CLOSE_CODES, LIMITS } from '@parley/protocol';
import { section } from '../../check.js';
import type { Frame, Peer } from '../../peer.js';
import { errorIn, errorNamed, sendFrame } from '../expectations.js';

const NO_OBJECTS = [
  '',
  ' ',
  '{',
  'hello',
  '[]',
  '[{"type":"ping"}]',
  '"ping"',
  '7',
  'true',
  'null',
  "{'a':1}",
];
const BUILT_IN = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'ready', 'authorized', 'sys', ''];
/** Values that are neither a payload nor a text. */
const NO_PAYLOADS = ['text', 7, true, [], [{}]];

/** No `signIn` or `signUp` below has a valid password, so nobody is signed in or up. */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  ping: ['any'],
  signUp: ['username', 'password'],
  signIn: ['username', 'password'],
  users: ['offset', 'limit'],
  channelJoin: ['recipientUUID', 'channelUUID', 'limit', 'order'],
  channelLeave: ['recipientUUID', 'channelUUID'],
  channelMessage: ['recipientUUID', 'channelUUID', 'clientUUID', 'message'],
  channelMessages: ['recipientUUID', 'channelUUID', 'before', 'after', 'offset', 'limit'],
  subscribe: ['recipientUUID', 'channelUUID'],
  unsubscribe: ['recipientUUID', 'channelUUID'],
  resume: ['accessKey', 'channels'],
  inbox: ['epoch', 'seq'],
};

const NIL = '00000000-0000-0000-0000-000000000000';
const ODD_VALUES: readonly unknown[] = [
  ...[null, true, 0, -1, 1e308, 2 ** 53, 0.1, [], [[]], {}, { toString: 1 }, { length: -1 }],
  ...['', '\u0000', 'x'.repeat(5_000), '__proto__', NIL, NIL.replaceAll('0', 'F'), `${NIL}\n`, '../..', '*'],
];

/** Sends a text without `id` as it is, and resolves with the error that answers it. */
async function errorTo(peer: Peer, text: string): Promise<Frame> {
  peer.send(text);
  return peer.next('error');
}

/** Protocol, section 4: the error frame, and the errors that bad input causes. */
export const errors = section('4.1', 'Errors', {
  'BAD_JSON: anything but a JSON object; its payload is null': async (world) => {
    const peer = await world.connect();
    for (const text of NO_OBJECTS) {
      const { payload } = errorIn(await errorTo(peer, text), 'BAD_JSON');
      assert.equal(payload, null);
    }
  },
  'BAD_JSON: nesting as deep as a frame allows': async (world) => {
    const peer = await world.connect();
    errorIn(await errorTo(peer, '['.repeat(60_000)), 'BAD_JSON');
    const deep = `{"type":"no-such-type","x":${'['.repeat(30_000)}${']'.repeat(30_000)}}`;
    errorIn(await errorTo(peer, deep), 'UNKNOWN_TYPE');
  },
  'UNKNOWN_TYPE: every other type, including names built into JavaScript': async (world) => {
    const peer = await world.connect();
    for (const type of ['no-such-type', 'PING', 'signin', ...BUILT_IN]) {
      await errorNamed('UNKNOWN_TYPE', peer, { type, [type]: {} });
    }
  },
  'INVALID_FIELD: says which field and what was expected': async (world) => {
    const peer = await world.connect();
    const wrong: [Frame, RegExp][] = [
      [{ type: 'signIn', signIn: { username: 7, password: 'x' } }, /signIn\.username: expected a string/],
      [{ type: 'signIn', signIn: { username: 'x' } }, /signIn\.password: expected a string/],
      [{ type: 'signUp', signUp: { password: 'x' } }, /signUp\.username: expected/],
      [{ type: 'users', users: { limit: 0 } }, /users\.limit: expected a whole number from 1 to 1000/],
      [{ type: 'channelJoin', channelJoin: { recipientUUID: 'x' } }, /channelJoin\.recipientUUID: expected/],
      [{ type: 'channelJoin', channelJoin: { order: 'up' } }, /channelJoin\.order: expected/],
      [{ type: 'channelMessage', channelMessage: {} }, /channelMessage\.message: expected a string/],
    ];
    await world.signUpOn(peer);
    for (const [frame, expected] of wrong) {
      assert.match((await errorNamed('INVALID_FIELD', peer, frame)).message, expected);
    }
  },
  'INVALID_FIELD: a type that is not a string': async (world) => {
    const peer = await world.connect();
    for (const type of ['7', 'null', '{}', '["ping"]', 'true']) {
      errorIn(await errorTo(peer, `{"type":${type}}`), 'INVALID_FIELD');
    }
    errorIn(await errorTo(peer, '{}'), 'INVALID_FIELD');
  },
  'INVALID_FIELD: a payload that is not an object': async (world) => {
    const { peer } = await world.join();
    for (const type of Object.keys(FIELDS).filter((name) => name !== 'ping')) {
      for (const payload of NO_PAYLOADS) await errorNamed('INVALID_FIELD', peer, { type, [type]: payload });
      await peer.fence();
    }
  },
  'payload is the request, without its passwords and keys': async (world) => {
    const peer = await world.connect();
    const [password, key] = [world.newPassword(), world.secret(`key-${world.newName()}`)];
    const [username, noText] = [world.newName(), { deep: [password] }];
    const requests: Frame[] = [
      { type: 'signIn', signIn: { username, password, userAccessKey: key }, accessKey: key },
      { type: 'signUp', signUp: { username: '', password }, userAccessKey: key },
      { type: 'signIn', signIn: { username, password: noText } },
      { type: 'signIn', signIn: { username: 7, pasword: password, Password: password } },
      { type: 'users', users: { password, nested: [{ accessKey: key, userAccessKey: key }] } },
      { type: 'no-such-type', password, accessKey: key, userAccessKey: key, userUUID: 'x' },
    ];
    const { username: taken } = await world.join();
    requests[0]!['signIn'].username = taken;
    for (const [id, request] of requests.entries()) {
      const { error } = await peer.ask({ ...request, id });
      assert.deepEqual([error.payload.type, error.payload.id], [request.type, id]);
    }
    // The end of the check verifies, for all frames, that no field holds a secret.
    const request = { ...sendFrame('mine', ''), id: 'kept' };
    assert.deepEqual((await errorNamed('NOT_SIGNED_IN', peer, request)).payload, request);
  },
  'a bad frame is answered and the connection stays open': async (world) => {
    const { peer } = await world.join();
    for (const text of ['nonsense', '{"type":"no-such-type"}', '{"type":"users","users":{"limit":0}}']) {
      await errorTo(peer, text);
      assert.equal((await peer.ask({ type: 'users', users: { limit: 1 } })).type, 'users');
    }
  },
  'every field may hold anything: each request gets one answer, never a fault of the server': async (
    world,
  ) => {
    // One connection for each type, because a connection may send only so many frames at once.
    for (const [type, fields] of Object.entries(FIELDS)) {
      const { peer } = await world.join();
      const requests = fields.flatMap((field) =>
        ODD_VALUES.map((value) => ({ type, [type]: { message: 'x', password: '', [field]: value } })),
      );
      for (const [id, request] of requests.entries()) {
        await peer.ask({ ...request, id });
        // Keeps the connection open, because too many bad frames in a row would close it.
        await peer.fence();
      }
      const answered = peer.frames.filter(({ id }) => typeof id === 'number');
      assert.deepEqual(
        answered.map(({ id }) => id),
        [...requests.keys()],
      );
      assert.ok(answered.every(({ error }) => error?.name !== 'RATE_LIMITED'));
    }
  },
});

const BAD = ['nonsense', '{"type":"no-such-type"}', '{"type":"users","users":{"limit":0}}'];
const MOST = LIMITS.invalidFramesInARow;

/** Sends `count` frames, invalid in each of the three ways, without waiting. */
function sendBad(peer: Peer, count: number): void {
  for (let index = 0; index < count; index += 1) peer.send(BAD[index % BAD.length]!);
}

/** Protocol, section 4: how many bad frames a connection may send. */
export const badFrames = section('4.2', 'Bad frames in a row', {
  'close the connection with 1008 when there are 20, of whatever kind': async (world) => {
    const { peer } = await world.join();
    sendBad(peer, MOST);
    assert.equal(await peer.closeCode(), CLOSE_CODES.POLICY_VIOLATION);
  },
  'also close a connection that is not signed in': async (world) => {
    const peer = await world.connect();
    for (let index = 0; index < MOST; index += 1) peer.send(BAD[0]!);
    assert.equal(await peer.closeCode(), CLOSE_CODES.POLICY_VIOLATION);
  },
  'do not close it when there are 19, or when a good one comes between': async (world) => {
    const { peer } = await world.join();
    for (let round = 0; round < 3; round += 1) {
      sendBad(peer, MOST - 1);
      await peer.fence();
    }
    assert.equal(
      peer.count(({ type }) => type === 'error'),
      3 * (MOST - 1),
    );
  },
  'do not include those that are refused for another reason': async (world) => {
    const { peer } = await world.join();
    const tooLong = sendFrame('x'.repeat(LIMITS.messageCharacters + 1));
    for (let index = 0; index <= MOST; index += 1) await errorNamed('MESSAGE_TOO_LONG', peer, tooLong);
  },
  'close no other connection': async (world) => {
    const [{ peer }, other] = [await world.join(), await world.join()];
    sendBad(peer, MOST);
    await peer.closeCode();
    await other.peer.fence();
  },
});
