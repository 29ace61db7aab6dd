import assert from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { LIMITS } from '@parley/protocol';
import { section } from '../../check.js';
import type { Frame, Peer } from '../../peer.js';
import type { World } from '../../world.js';
import { errorNamed, joinFrame, saying, sendFrame, signInOf } from '../expectations.js';

const CONTROLS = ['\u0000', '\t', '\n', '\u001f', '\u007f', '\u0080', '\u0085', '\u009f'];
/** Written as JSON escapes, because UTF-8 cannot hold them. */
const LONE_SURROGATES = ['\\ud800', '\\udfff', 'a\\udc00\\ud800b', '\\ud83d', '\\ude00'];

/** Characters that nobody sees: no width, marks of direction, fillers, blanks, one that only changes another. */
const UNSEEN = ['\u200b', '\u200d', '\u202e', '\u2066', '\u00ad', '\u3164', '\uffa0', '\u2800', '\ufe0f'];

const signUpAs = (username: unknown, password: unknown): Frame => ({
  type: 'signUp',
  signUp: { username, password },
});

/** A random letter far from ASCII, so that names made of such letters are new. */
const rareLetter = () => String.fromCodePoint(0x20000 + randomInt(0xa6d0));
const rareName = (length: number) => Array.from({ length }, rareLetter).join('');

/** Sends a frame whose `@` is replaced by an escape that JSON.stringify would not write. */
async function askEscaped(peer: Peer, frame: Frame, written: string): Promise<Frame> {
  peer.send(JSON.stringify(frame).replace('@', written));
  return peer.next('error');
}

/** Protocol, section 4: what a username is. */
export const usernames = section('4.3', 'Usernames', {
  'have 1 to 64 characters, counted as code points': async (world) => {
    // A name of one letter may be taken by an earlier run. The point is that it is not INVALID_FIELD.
    const peer = await world.connect();
    const one = await peer.ask(signUpAs(rareLetter(), world.newPassword()));
    assert.ok(one.type === 'authorized' || one.error.name === 'USERNAME_TAKEN');
    await world.signUpOn(peer, rareName(64));
    await errorNamed('INVALID_FIELD', peer, signUpAs(rareName(65), world.newPassword()));
    await errorNamed('INVALID_FIELD', peer, signUpAs('', world.newPassword()));
  },
  'are counted after NFC': async (world) => {
    const base = world.newName();
    await world.join({ username: base + 'e\u0301'.repeat(64 - base.length) });
  },
  'are the same in NFC and NFD': async (world) => {
    const base = world.newName();
    const first = await world.join({ username: `${base}\u00e9` });
    const peer = await world.connect();
    const other = `${base}e\u0301`;
    await errorNamed('USERNAME_TAKEN', peer, signUpAs(other, world.newPassword()));
    const again = await world.signInAgain({ ...first, username: other });
    assert.equal(again.userUUID, first.userUUID);
  },
  'are unique without regard to case': async (world) => {
    const base = `${world.newName()}-äßжσ`;
    const first = await world.join({ username: base });
    const peer = await world.connect({ url: world.otherUrl });
    await errorNamed('USERNAME_TAKEN', peer, signUpAs(base.toUpperCase(), world.newPassword()));
    const again = await world.signInAgain({ ...first, username: base.toUpperCase() });
    assert.equal(again.userUUID, first.userUUID);
  },
  'have no control characters': async (world) => {
    const peer = await world.connect();
    for (const control of CONTROLS) {
      const username = `${world.newName()}${control}x`;
      await errorNamed('INVALID_FIELD', peer, signUpAs(username, world.newPassword()));
    }
  },
  'have no lone surrogates': async (world) => {
    const peer = await world.connect();
    for (const written of LONE_SURROGATES) {
      const frame = signUpAs(`${world.newName()}@`, world.newPassword());
      assert.equal((await askEscaped(peer, frame, written)).error.name, 'INVALID_FIELD');
    }
  },
  'are any other text, and are shown as given': async (world) => {
    const witness = await world.join();
    for (const odd of ['{}:*[]?\\', '<b>&amp;"\'', '👩😀', '中村・一', 'रवि', '-', '%00']) {
      const username = `${world.newName()} ${odd}`;
      const { userUUID } = await world.join({ username });
      const told = await witness.peer.next(signInOf(userUUID), 'sys signIn');
      assert.equal(told.sys.signIn.username, username);
    }
  },
  'are shown in NFKC with single spaces, and are the same in every such spelling': async (world) => {
    const [witness, base] = [await world.join(), world.newName()];
    const first = await world.join({ username: ` ${base}\u3000 \uff21\ufb01 ` });
    const told = await witness.peer.next(signInOf(first.userUUID), 'sys signIn');
    assert.equal(told.sys.signIn.username, `${base} Afi`);
    for (const username of [`${base} afi`, `${base}\u00a0\uff21FI`]) {
      assert.equal((await world.signInAgain({ ...first, username })).userUUID, first.userUUID);
      const peer = await world.connect({ url: world.otherUrl });
      await errorNamed('USERNAME_TAKEN', peer, signUpAs(username, world.newPassword()));
    }
  },
  'have only characters that can be seen': async (world) => {
    const peer = await world.connect();
    for (const odd of [...UNSEEN, '\u2028', '\ue000', '\u0378']) {
      const username = `${world.newName()}${odd}x`;
      await errorNamed('INVALID_FIELD', peer, signUpAs(username, world.newPassword()));
    }
    await errorNamed('NOT_SIGNED_IN', peer, { type: 'users' });
  },
  'are USERNAME_TAKEN where they look like another one, at signUp and signIn': async (world) => {
    const { username } = await world.join();
    // The first letters are Cyrillic.
    const alikes = ['\u0441', '\u0421'].map((letter) => username.replace('c', letter));
    for (const alike of [...alikes, ...UNSEEN.map((unseen) => username.replace('-', `-${unseen}`))])
      await isTaken(world, alike);
  },
  'beyond ASCII are not given to one in ASCII that looks like them': async (world) => {
    const username = world.newName();
    await world.join({ username: username.replace('e', '\u0435') });
    await isTaken(world, username);
  },
  'in ASCII clash only by case': async (world) => {
    const base = world.newName();
    for (const end of ['modern', 'modem', 'user1', 'userl']) await world.join({ username: `${base} ${end}` });
    await isTaken(world, `${base} m\u043edern`);
  },
});

/** Signs nobody up or in by this username, on either replica. */
async function isTaken(world: World, username: string): Promise<void> {
  for (const [type, url] of [
    ['signUp', world.otherUrl],
    ['signIn', world.url],
  ] as const) {
    const peer = await world.connect({ url });
    const request = { type, [type]: { username, password: world.newPassword() } };
    await errorNamed('USERNAME_TAKEN', peer, request);
    await errorNamed('NOT_SIGNED_IN', peer, { type: 'users' });
  }
}

/** Signs up with a password and signs in again. A password that differs in its last byte must be refused. */
async function keepsPassword(world: World, password: string): Promise<void> {
  const [username, peer] = [world.newName(), await world.connect()];
  assert.equal((await peer.ask(signUpAs(username, password))).type, 'authorized');
  const signIn = (tried: string) => ({ type: 'signIn', signIn: { username, password: tried } });
  assert.equal((await peer.ask(signIn(password))).type, 'authorized');
}

/** Protocol, section 4: what a password is. */
export const passwords = section('4.4', 'Passwords', {
  'have 1 to 256 bytes of UTF-8': async (world) => {
    for (const password of ['x', 'x'.repeat(256), '😀'.repeat(64), '\u0000\n "']) {
      await keepsPassword(world, password);
    }
    const peer = await world.connect();
    for (const password of ['', 'x'.repeat(257), `${'😀'.repeat(64)}x`, 'é'.repeat(129)]) {
      await errorNamed('INVALID_FIELD', peer, signUpAs(world.newName(), password));
    }
  },
  'are compared down to the last byte': async (world) => {
    const [username, peer] = [world.newName(), await world.connect()];
    const password = 'p'.repeat(LIMITS.passwordBytes);
    assert.equal((await peer.ask(signUpAs(username, password))).type, 'authorized');
    const signIn = { username, password: `${password.slice(1)}P` };
    await errorNamed('WRONG_PASSWORD', peer, { type: 'signIn', signIn });
  },
  'have no lone surrogates': async (world) => {
    const peer = await world.connect();
    for (const written of LONE_SURROGATES) {
      const answer = await askEscaped(peer, signUpAs(world.newName(), 'secret @'), written);
      assert.equal(answer.error.name, 'INVALID_FIELD');
    }
  },
});

const TEXTS = [
  'x',
  ' ',
  ' leading and trailing \t\r\n',
  '\u0000\u0001\b\f\u001f\u007f\u0085',
  '"\\"\\\\ \\u0041 </script> <!-- ]]> %s $1 {} \'',
  '\u2028\u2029\ufeff\u200b\u202e\u2066',
  'e\u0301 \u00e9 \uac00 \u1100\u1161 \u212b',
  '👩‍👩‍👧‍👦 🏳️‍🌈 \u{1f1e9}\u{1f1ea}',
  '\ufffe\uffff\ufdd0\u{1ffff}\u{10ffff}\u{e000}',
  '\ud7ff\ue000\ufffd',
  '__proto__',
  'null',
  '{"type":"signOut"}',
];

/** Protocol, section 4: what a message is. */
export const messageTexts = section('4.5', 'Message texts', {
  'are kept byte for byte, live and in the history': async (world) => {
    const { peer, userUUID } = await world.join({ url: world.otherUrl });
    await peer.ask(joinFrame(userUUID));
    for (const text of TEXTS) peer.send(sendFrame(text, userUUID));
    for (const text of TEXTS) await peer.next(saying(text), `the message ${JSON.stringify(text)}`);
    const answer = await peer.ask(joinFrame(userUUID, { limit: 100, order: 'asc' }));
    assert.deepEqual(
      answer.channelJoin.messages.map(({ Message }: { Message: string }) => Message),
      TEXTS,
    );
  },
  'have up to 4,000 characters, counted as code points': async (world) => {
    const { peer, userUUID } = await world.join();
    await peer.ask(joinFrame(userUUID));
    for (const letter of ['x', '😀', '\u0000', '\u0301']) {
      const text = letter.repeat(LIMITS.messageCharacters);
      assert.equal((await peer.ask(sendFrame(text, userUUID))).type, 'ack');
      await peer.next(saying(text), 'the long message');
      await errorNamed('MESSAGE_TOO_LONG', peer, sendFrame(text + letter, userUUID));
    }
  },
  'are not empty': async (world) => {
    const { peer } = await world.join();
    for (const message of ['', null, 7, {}, ['x']]) {
      const request = { type: 'channelMessage', channelMessage: { message } };
      await errorNamed('INVALID_FIELD', peer, request);
    }
  },
  'have no lone surrogates': async (world) => {
    const { peer, userUUID } = await world.join();
    for (const written of LONE_SURROGATES) {
      const answer = await askEscaped(peer, sendFrame('x@', userUUID), written);
      assert.equal(answer.error.name, 'INVALID_FIELD');
    }
    const { channelJoin } = await peer.ask(joinFrame(userUUID));
    assert.equal(channelJoin.seq, 0);
  },
});
