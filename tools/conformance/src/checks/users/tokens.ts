import assert from 'node:assert/strict';
import { CLOSE_CODES } from '@parley/protocol';
import { type Check, section } from '../../check.js';
import { assertMatches, TIME, UUID } from '../../matching.js';
import type { Frame, Peer } from '../../peer.js';
import type { World } from '../../world.js';
import { errorNamed, signInOf } from '../expectations.js';

const PING = { type: 'ping' };
const USERS = { type: 'users', users: { limit: 1 } };

const signIn = (token: string): Frame => ({ type: 'signIn', signIn: { token } });
const refresh = (token: string): Frame => ({ type: 'refresh', refresh: { token } });
/** Time to sign in, in seconds; with the leeway of a server it must be less than what a check waits for a frame. */
const SHORT = 3;

const secondsFromNow = (seconds: number): number => Math.floor(Date.now() / 1_000) + seconds;

/** A subject that nobody has, and a connection that one of its tokens has signed in. */
async function newcomer(world: World, claims: object = {}): Promise<{ sub: string; peer: Peer; own: Frame }> {
  const sub = world.newName();
  const peer = await world.connect();
  const { authorized } = await peer.ask(signIn(world.token(sub, claims)));
  assert.ok(authorized, 'the token did not sign in');
  return { sub, peer, own: authorized };
}

/** A token with one letter of its signature changed. */
const altered = (token: string): string => token.replace(/.(?=.{9}$)/, (one) => (one === 'A' ? 'B' : 'A'));

/** A token that says that nobody has signed it. */
const unsigned = (token: string): string =>
  `${Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url')}.${token.split('.')[1]}.`;

const refuses =
  (tokenOf: (world: World) => string): Check['run'] =>
  async (world) => {
    const peer = await world.connect();
    await errorNamed('WRONG_TOKEN', peer, signIn(world.secret(tokenOf(world))));
    await errorNamed('NOT_SIGNED_IN', peer, USERS);
  };

/** Protocol, section 3: the row of `signIn {token}` and `refresh`. They need a server that takes tokens, and its secret. */
export const tokens = section('3.26', 'Tokens', {
  'signs in with a token, and says until when': async (world) => {
    const { own } = await newcomer(world);
    assertMatches({ userUUID: UUID, accessKey: own['accessKey'], expiresAt: TIME }, own);
    assert.ok(Date.parse(own['expiresAt']) > Date.now());
  },
  'is one user for all tokens of a subject, on every replica': async (world) => {
    const { sub, own } = await newcomer(world);
    const other = await world.connect({ url: world.otherUrl });
    const { authorized } = await other.ask(signIn(world.token(sub)));
    assert.equal(authorized.userUUID, own['userUUID']);
    assert.notEqual(authorized.accessKey, own['accessKey']);
  },
  'refuses an expired token': refuses((world) =>
    world.token(world.newName(), { exp: secondsFromNow(-3_600) }),
  ),
  'refuses a token that is not valid yet': refuses((world) =>
    world.token(world.newName(), { nbf: secondsFromNow(3_600) }),
  ),
  'refuses a token of another issuer': refuses((world) => world.token(world.newName(), { iss: 'another' })),
  'refuses a token for others': refuses((world) => world.token(world.newName(), { aud: 'another' })),
  'refuses a token with another signature': refuses((world) => altered(world.token(world.newName()))),
  'refuses a token that nobody has signed': refuses((world) => unsigned(world.token(world.newName()))),
  'never opens the account of a username, and appends a number': async (world) => {
    const { username, userUUID } = await world.join();
    const { peer, own } = await newcomer(world, { preferred_username: username });
    assert.notEqual(own['userUUID'], userUUID);
    const told = await peer.next(signInOf(own['userUUID']), 'sys signIn');
    assert.match(told.sys.signIn.username, new RegExp(`^${username}-?\\d+$`));
  },
  'closes a connection with 4502 when its token has expired, and ends the session': async (world) => {
    const { peer, own } = await newcomer(world, { exp: secondsFromNow(SHORT) });
    assert.equal(await peer.closeCode(), CLOSE_CODES.TOKEN_EXPIRED);
    const resume = { accessKey: own['accessKey'] };
    await errorNamed('SESSION_EXPIRED', await world.connect(), { type: 'resume', resume });
  },
  'keeps a connection open that is refreshed': async (world) => {
    const { sub, peer, own } = await newcomer(world, { exp: secondsFromNow(SHORT) });
    const other = await world.connect({ url: world.otherUrl });
    await other.ask({ type: 'resume', resume: { accessKey: own['accessKey'] } });
    const answer = await peer.ask(refresh(world.token(sub)));
    assertMatches({ type: 'refresh', refresh: { userUUID: own['userUUID'], expiresAt: TIME } }, answer);
    assert.ok(answer.refresh.expiresAt > own['expiresAt']);
    // The other one has not been refreshed: when it is closed, this one would have been as well.
    assert.equal(await other.closeCode(), CLOSE_CODES.TOKEN_EXPIRED);
    assert.equal((await peer.ask(PING)).type, 'pong');
  },
  'refreshes only a session of the same user, and none without one': async (world) => {
    const { peer } = await newcomer(world);
    const another = await newcomer(world);
    await errorNamed('WRONG_TOKEN', peer, refresh(world.token(another.sub)));
    await errorNamed('NOT_SIGNED_IN', await world.connect(), refresh(world.token(another.sub)));
  },
  'takes no password for the account of a token': async (world) => {
    const { peer } = await newcomer(world);
    const password = world.newPassword();
    await errorNamed('FORBIDDEN', peer, {
      type: 'passwordChange',
      passwordChange: { old: password, new: password },
    });
    await errorNamed('FORBIDDEN', peer, { type: 'accountDelete', accountDelete: { password } });
  },
  'deletes the account of a fresh token, and of no other': async (world) => {
    const { sub, peer, own } = await newcomer(world);
    const another = await newcomer(world);
    const remove = (token: string) => ({ type: 'accountDelete', accountDelete: { token } });
    await errorNamed('WRONG_TOKEN', peer, remove(world.token(another.sub)));
    const error = await errorNamed(
      'FORBIDDEN',
      peer,
      remove(world.token(sub, { iat: secondsFromNow(-3_600) })),
    );
    assert.deepEqual(error.payload.accountDelete, {});
    assertMatches({ accountDelete: { uuid: own['userUUID'] } }, await peer.ask(remove(world.token(sub))));
    assert.equal(await peer.closeCode(), CLOSE_CODES.SIGNED_OUT_EVERYWHERE);
    const token = world.token(sub);
    await errorNamed('FORBIDDEN', await world.connect(), { type: 'signIn', signIn: { token } });
  },
});
