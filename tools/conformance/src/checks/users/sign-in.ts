import assert from 'node:assert/strict';
import { type Check, section } from '../../check.js';
import { assertMatches, TEXT, UUID } from '../../matching.js';
import { authorizedOf, type World } from '../../world.js';
import { errorNamed, signInOf } from '../expectations.js';

/** 256 random bits take 43 characters of base64url; other alphabets take more. */
const KEY_CHARACTERS = 43;

/** What `signUp` and `signIn` have in common for a new user. */
const newUser = (type: 'signUp' | 'signIn'): Record<string, Check['run']> => ({
  'creates the user and answers `authorized`': async (world) => {
    const { answer } = await newMemberBy(world, type);
    assertMatches({ type: 'authorized', authorized: { userUUID: UUID, accessKey: TEXT } }, answer);
    assert.ok(answer.authorized.accessKey.length >= KEY_CHARACTERS, 'the access key is short');
  },
  'tells every signed-in connection on every replica': async (world) => {
    const witnesses = [await world.join(), await world.join({ url: world.otherUrl })];
    const { peer, credentials, answer } = await newMemberBy(world, type);
    const { userUUID: uuid } = answer.authorized;
    const { username } = credentials;
    for (const witness of [...witnesses.map((member) => member.peer), peer]) {
      const told = await witness.next(signInOf(uuid), 'sys signIn');
      assertMatches({ type: 'sys', sys: { type: 'signIn', signIn: { uuid, username } } }, told);
    }
    await world.curtain(...witnesses);
    for (const witness of witnesses) assert.equal(witness.peer.count(signInOf(uuid)), 1);
  },
  'tells the new connection after its `authorized`': async (world) => {
    const { peer, answer } = await newMemberBy(world, type);
    const told = await peer.next(signInOf(answer.authorized.userUUID), 'sys signIn');
    assert.ok(peer.frames.indexOf(told) > peer.frames.indexOf(answer));
  },
  'tells nothing to a connection that is not signed in': async (world) => {
    const [stranger, witness] = [await world.connect(), await world.join()];
    const { answer } = await newMemberBy(world, type);
    await witness.peer.next(signInOf(answer.authorized.userUUID), 'sys signIn');
    await world.curtain(witness);
    await stranger.fence();
    assert.deepEqual(
      stranger.frames.map((frame) => frame.type),
      ['ready', 'pong'],
    );
  },
});

async function newMemberBy(world: World, type: 'signUp' | 'signIn') {
  const peer = await world.connect();
  const credentials = { username: world.newName(), password: world.newPassword() };
  const answer = await peer.ask({ type, [type]: credentials });
  authorizedOf(answer);
  return { peer, credentials, answer };
}

/** Protocol, section 2: the row of `signUp`. */
export const signUp = section('2.2', 'signUp', {
  ...newUser('signUp'),
  'is USERNAME_TAKEN for a taken username, whatever the password': async (world) => {
    const { username, password } = await world.join();
    const peer = await world.connect({ url: world.otherUrl });
    for (const tried of [password, world.newPassword()]) {
      const request = { type: 'signUp', signUp: { username, password: tried } };
      await errorNamed('USERNAME_TAKEN', peer, request);
    }
    await errorNamed('NOT_SIGNED_IN', peer, { type: 'users' });
  },
  'lets one win when many sign up with the same username at once': async (world) => {
    const username = world.newName();
    const urls = Array.from({ length: 10 }, (_, index) => (index % 2 ? world.url : world.otherUrl));
    const peers = await Promise.all(urls.map((url) => world.connect({ url })));
    const answers = await Promise.all(
      peers.map((peer) => peer.ask({ type: 'signUp', signUp: { username, password: world.newPassword() } })),
    );
    const outcomes = answers.map((answer) => answer.error?.name ?? answer.type).sort();
    assert.deepEqual(outcomes, [...Array(9).fill('USERNAME_TAKEN'), 'authorized']);
  },
});

/** Protocol, section 2: the row of `signIn`. */
export const signIn = section('2.3', 'signIn', {
  ...newUser('signIn'),
  'recognises the user, also on another replica, with a new access key each time': async (world) => {
    const first = await world.join();
    const again = [await world.signInAgain(first), await world.signInAgain(first, { url: world.otherUrl })];
    for (const { userUUID } of again) assert.equal(userUUID, first.userUUID);
    assert.equal(new Set([first, ...again].map(({ accessKey }) => accessKey)).size, 3);
  },
  'leaves earlier sessions alive': async (world) => {
    const first = await world.join();
    await world.signInAgain(first);
    await world.signInByPair(first);
  },
  'is WRONG_PASSWORD for a wrong password, and signs nobody in': async (world) => {
    const { username, userUUID } = await world.join();
    const witness = await world.join();
    const peer = await world.connect();
    const request = { type: 'signIn', signIn: { username, password: world.newPassword() } };
    await errorNamed('WRONG_PASSWORD', peer, request);
    await errorNamed('NOT_SIGNED_IN', peer, { type: 'users' });
    await world.curtain(witness);
    assert.equal(witness.peer.count(signInOf(userUUID)), 0);
  },
  'creates one user when many sign in with the same new username at once': async (world) => {
    const signIn = { username: world.newName(), password: world.newPassword() };
    const urls = [world.url, world.otherUrl, world.url, world.otherUrl];
    const peers = await Promise.all(urls.map((url) => world.connect({ url })));
    const answers = await Promise.all(peers.map((peer) => peer.ask({ type: 'signIn', signIn })));
    assert.equal(new Set(answers.map((answer) => authorizedOf(answer).userUUID)).size, 1);
  },
});
