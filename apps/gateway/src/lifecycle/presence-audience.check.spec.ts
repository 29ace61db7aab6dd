import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { type AnyFrame, eventually } from '@parley/testing';
import { ask, type Member, PATIENCE_MS, post, TwoGateways } from './fixtures/two-gateways.js';

jest.setTimeout(120_000);

const LEASE_SECONDS = 3;
/** Since when presence has been in many slots, and how long it takes until every replica knows. */
const MANY_FROM = 'chat:presence:{presence}:many-from';
const KNOWN_MS = 12_000;

const signedIn =
  ({ userUUID }: Member) =>
  (frame: AnyFrame) =>
    frame['sys']?.signIn?.uuid === userUUID;
const signedOut =
  ({ userUUID }: Member) =>
  (frame: AnyFrame) =>
    frame['sys']?.signOut?.uuid === userUUID;

/** How often a member was told that another came and went. */
const told = (witness: Member, member: Member): [number, number] => [
  witness.client.frames.filter(signedIn(member)).length,
  witness.client.frames.filter(signedOut(member)).length,
];

/** Two gateways that never tell everyone, with real processes, and presence in one slot or in many. */
describe.each(['one', 'many'])('presence above PRESENCE_BROADCAST_USERS, in %s', (slots) => {
  let gateways: TwoGateways;
  beforeAll(async () => {
    gateways = await TwoGateways.start({
      PRESENCE_BROADCAST_USERS: '0',
      PRESENCE_LEASE_SECONDS: String(LEASE_SECONDS),
      PRESENCE_GRACE_SECONDS: '0',
      USERS_REPLICAS: '2',
    });
    if (slots === 'one') return;
    // As if it had been noted long ago.
    await gateways.redis.set(MANY_FROM, 1);
    await setTimeout(KNOWN_MS);
  });
  afterAll(() => gateways?.stop());

  const resume = async (member: Member, gateway: number): Promise<Member> => {
    const client = await gateways.connect(gateway);
    await ask(client, 'resume', { accessKey: member.accessKey });
    return { ...member, client };
  };

  const watches = async (member: Member): Promise<void> =>
    eventually(
      async () => {
        const channel = `*gateway:presence:${member.userUUID}`;
        expect(await gateways.redis.pubsub('CHANNELS', channel)).toHaveLength(1);
      },
      { timeoutMs: PATIENCE_MS },
    );

  /** Two users of different gateways who have written to each other once. */
  async function partners(): Promise<[Member, Member]> {
    const [one, other] = [await gateways.signUp(0), await gateways.signUp(1)];
    await post(one.client, 'hello', { recipientUUID: other.userUUID });
    await post(other.client, 'hello', { recipientUUID: one.userUUID });
    return [one, other];
  }

  it('tells a connection of its own arrival, and no stranger', async () => {
    const [witness, stranger] = [await gateways.signUp(0), await gateways.signUp(1)];
    await stranger.client.next(signedIn(stranger), PATIENCE_MS);
    const here = await gateways.signUp(0);
    await here.client.next(signedIn(here), PATIENCE_MS);
    await ask(here.client, 'signOut');
    await ask(stranger.client, 'signOut');
    const again = await resume(witness, 1);
    // What was published before has arrived by then, on both.
    for (const { client } of [witness, again]) await ask(client, 'users');
    for (const each of [stranger, here]) expect(told(witness, each)).toEqual([0, 0]);
  });

  it('tells those who have joined the private channel, from the join on', async () => {
    const [one, other] = [await gateways.signUp(0), await gateways.signUp(1)];
    await ask(one.client, 'channelJoin', { recipientUUID: other.userUUID });
    await watches(other);
    await other.client.drop();
    await one.client.next(signedOut(other), PATIENCE_MS);
    await resume(other, 1);
    await one.client.next(signedIn(other), PATIENCE_MS);
    expect(told(one, other)).toEqual([1, 1]);
  });

  it('tells those who have the user as a contact, and not the other way round', async () => {
    const [one, other] = [await gateways.signUp(0), await gateways.signUp(1)];
    await ask(one.client, 'contactAdd', { userUUID: other.userUUID });
    await watches(other);
    await other.client.drop();
    await one.client.next(signedOut(other), PATIENCE_MS);
    const back = await resume(other, 1);
    await one.client.next(signedIn(other), PATIENCE_MS);
    await one.client.drop();
    await resume(one, 0);
    await ask(back.client, 'users');
    expect(told(back, one)).toEqual([0, 0]);
  });

  it('tells partners who come back, whatever gateway they are on', async () => {
    const [one, other] = await partners();
    await one.client.drop();
    const back = await resume(one, 0);
    await watches(other);
    await other.client.drop();
    await back.client.next(signedOut(other), PATIENCE_MS);
    const otherBack = await resume(other, 0);
    await back.client.next(signedIn(other), PATIENCE_MS);
    await watches(one);
    await back.client.drop();
    await otherBack.client.next(signedOut(one), PATIENCE_MS);
    expect(told(back, other)).toEqual([1, 1]);
  });

  it('tells the partners, and no stranger, of users whose gateway is killed', async () => {
    const [one, other] = await partners();
    const stranger = await gateways.signUp(0);
    await one.client.drop();
    const back = await resume(one, 0);
    await watches(other);
    const inOne = await gateways.redis.hlen('chat:presence:{presence}:online');
    expect(inOne > 0).toBe(slots === 'one');
    gateways.stack.kill('gateway-2', 'SIGKILL');
    await back.client.next(signedOut(other), PATIENCE_MS);
    await ask(stranger.client, 'users');
    expect(told(stranger, other)).toEqual([0, 0]);
  });
});
