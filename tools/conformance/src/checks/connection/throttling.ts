import assert from 'node:assert/strict';
import { section } from '../../check.js';
import { NotApplicable } from '../../not-applicable.js';
import type { Account, Frame, Peer } from '../../peer.js';
import type { World } from '../../world.js';
import { errorIn } from '../expectations.js';

/** A server that has refused nothing after this many failures does not throttle. */
const PATIENCE = 300;
/** Few enough per username that none reaches its limit. */
const FAILURES_PER_NAME = 4;
/** So many usernames that the failures of their address are more than a hundred. */
const NAMES = 26;

const signInAs = (username: string, password: string): Frame => ({
  type: 'signIn',
  signIn: { username, password },
});

/** Signs in with a wrong password. @returns the error, whichever of the two it is. */
async function fail(world: World, peer: Peer, username: string): Promise<Frame['error']> {
  const answer = await peer.ask(signInAs(username, world.newPassword()));
  const limited = answer.error?.name === 'RATE_LIMITED';
  return errorIn(answer, limited ? 'RATE_LIMITED' : 'WRONG_PASSWORD');
}

/** Fails with one username, alternating between both replicas, until it is refused. @returns the refusal. */
async function failUntilLimited(world: World, peers: readonly Peer[], { username }: Account) {
  for (let failures = 0; failures < PATIENCE; failures += 1) {
    const error = await fail(world, peers[failures % peers.length]!, username);
    if (error.name === 'RATE_LIMITED') return { failures, error };
  }
  throw new Error(`${PATIENCE} failed sign-ins were not throttled`);
}

/** Connections to both replicas from an address of their own, because failures count against the address. */
function attackers(world: World): Promise<[Peer, Peer]> {
  const localAddress = world.ownLoopbackAddress();
  return Promise.all([world.connect({ localAddress }), world.connect({ localAddress, url: world.otherUrl })]);
}

/** Protocol, section 4: throttling of failed sign-ins. */
export const throttling = section('4.6', 'Throttling', {
  'refuses a username from an address after some failures, across replicas, and says for how long': async (
    world,
  ) => {
    const [victim, peers] = [await world.join(), await attackers(world)];
    const { failures, error } = await failUntilLimited(world, peers, victim);
    assert.ok(failures >= 3, `it was refused after ${failures} failures already`);
    assert.ok(Number.isInteger(error.retryAfterMs) && error.retryAfterMs > 0, 'no retryAfterMs');
    for (const peer of peers) {
      errorIn(await peer.ask(signInAs(victim.username, victim.password)), 'RATE_LIMITED');
    }
    // From another address nothing is refused.
    if (world.ownLoopbackAddress() !== undefined) await world.signInAgain(victim);
  },
  'refuses no other username, and does not end the sessions of the refused one': async (world) => {
    const [victim, bystander] = [await world.join(), await world.join()];
    await failUntilLimited(world, await attackers(world), victim);
    await world.signInAgain(bystander);
    await world.signInByPair(victim);
  },
  'counts failures only': async (world) => {
    const member = await world.join();
    const peer = await world.connect();
    for (let time = 0; time < 15; time += 1) {
      assert.equal((await peer.ask(signInAs(member.username, member.password))).type, 'authorized');
    }
  },
  'refuses no right password and no sign-up from an address where many sign-ins have failed': async (
    world,
  ) => {
    const localAddress = world.ownLoopbackAddress();
    if (localAddress === undefined)
      throw new NotApplicable('There is only one address, and it would be slowed.');
    const [member, newcomer] = [await world.join({ localAddress }), await world.join()];
    const peer = await world.connect({ localAddress });
    for (const { username } of await world.joinMany(NAMES)) {
      for (let time = 0; time < FAILURES_PER_NAME; time += 1)
        errorIn(await peer.ask(signInAs(username, world.newPassword())), 'WRONG_PASSWORD');
    }
    await world.signInAgain(member, { localAddress });
    await world.signInAgain(newcomer, { localAddress });
    await world.join({ localAddress });
  },
});
