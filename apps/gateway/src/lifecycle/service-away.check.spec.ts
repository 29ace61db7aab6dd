import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { type AnyFrame, eventually } from '@parley/testing';
import { ask, type Member, post, TwoGateways } from './fixtures/two-gateways.js';

jest.setTimeout(180_000);

/** A lease that is renewed after 1.5 s, so that several renewals fail while a service is away. */
const SETTINGS = { PRESENCE_LEASE_SECONDS: '5', REQUEST_DEADLINE_MS: '2000', TAKE_OVER_AFTER_MS: '1000' };
/** After this time without users, the leases have run out. */
const AWAY_MS = 8_000;
const LOOK_EVERY_MS = 250;
const RECOVERED = { timeoutMs: 30_000 };

const UNAVAILABLE = { type: 'error', error: { name: 'UNAVAILABLE', retryable: true } };

describe('two gateways, while a service does not answer', () => {
  let gateways: TwoGateways;
  let one: Member;
  let other: Member;

  beforeAll(async () => {
    gateways = await TwoGateways.start(SETTINGS);
    [one, other] = [await gateways.signUp(0), await gateways.signUp(1)];
    await ask(one.client, 'channelJoin');
    await ask(other.client, 'channelJoin');
  });

  afterAll(() => gateways?.stop());

  const statuses = (): Promise<number[]> =>
    Promise.all(
      gateways.stack.gateways.map(async ({ httpUrl }) => (await fetch(`${httpUrl}/health/ready`)).status),
    );

  /** Freezes a service for some time, and asserts all that time that both gateways take clients. */
  const without = async (service: string, look: () => Promise<void>): Promise<void> => {
    gateways.stack.kill(`${service}-1`, 'SIGSTOP');
    try {
      const until = performance.now() + AWAY_MS;
      while (performance.now() < until) {
        expect(await statuses()).toEqual([200, 200]);
        await delay(LOOK_EVERY_MS);
      }
      await look();
      expect(await statuses()).toEqual([200, 200]);
    } finally {
      gateways.stack.kill(`${service}-1`, 'SIGCONT');
    }
  };

  const listed = async (): Promise<AnyFrame> => ask(one.client, 'users', { limit: 10 });

  it('post and deliver without users, and say UNAVAILABLE to what needs it', async () => {
    await without('users', async () => {
      expect(await post(one.client, 'without users')).toMatchObject({ type: 'ack' });
      await other.client.next(({ channelMessage }) => channelMessage?.Message === 'without users', 10_000);
      expect(await ask(one.client, 'channelMessages')).toMatchObject({ type: 'channelMessages' });
      expect(await listed()).toMatchObject(UNAVAILABLE);
      const stranger = await gateways.connect(0);
      expect(await ask(stranger, 'signIn', { username: 'new', password: 'x' })).toMatchObject(UNAVAILABLE);
    });
    // Their leases had run out: both gateways note their users again.
    await eventually(async () => {
      const { users } = await listed();
      const online = users.users.filter(({ OnLine }: { OnLine: boolean }) => OnLine);
      expect(online.map(({ UUID }: { UUID: string }) => UUID)).toEqual(
        expect.arrayContaining([one.userUUID, other.userUUID]),
      );
      return true;
    }, RECOVERED);
  });

  it('list users without channels, and say UNAVAILABLE to posts', async () => {
    await without('channels', async () => {
      expect(await listed()).toMatchObject({ type: 'users' });
      expect(await post(one.client, 'without channels')).toMatchObject(UNAVAILABLE);
    });
    const posted = async () => expect(await post(one.client, 'again')).toMatchObject({ type: 'ack' });
    await eventually(posted, RECOVERED);
  });

  it('post and list users without auth, and say UNAVAILABLE to sign-ins', async () => {
    await without('auth', async () => {
      expect(await post(one.client, 'without auth')).toMatchObject({ type: 'ack' });
      expect(await listed()).toMatchObject({ type: 'users' });
      const back = await gateways.connect(1);
      expect(await ask(back, 'signIn', { username: one.username, password: 'x' })).toMatchObject(UNAVAILABLE);
    });
  });

  it('become ready without users, too, and take clients who sign in when it is back', async () => {
    gateways.stack.kill('users-1', 'SIGSTOP');
    try {
      const before = gateways.pidOf('gateway-1');
      gateways.stack.kill('gateway-1', 'SIGKILL');
      await eventually(() => gateways.pidOf('gateway-1') !== before, RECOVERED);
      await eventually(async () => expect(await statuses()).toEqual([200, 200]), RECOVERED);
    } finally {
      gateways.stack.kill('users-1', 'SIGCONT');
    }
    const back = await gateways.connect(0);
    await eventually(async () => {
      const { type } = await ask(back, 'signIn', { username: one.username, password: 'x' });
      expect(type).toBe('authorized');
    }, RECOVERED);
  });
});
