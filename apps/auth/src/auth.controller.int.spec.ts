import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Controller } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import {
  type AuthContract,
  aboutSignIn,
  newPrivateKey,
  SESSION_ENDED,
  type SessionRef,
  type SignInReply,
  sessionOf,
} from '@parley/contracts';
import type { ServiceClient } from '@parley/service-kit';
import { eventually, testRedis } from '@parley/testing';
import { RunningAuth } from './fixtures/running-auth.js';

describe('two replicas of the auth service', () => {
  let running: RunningAuth;
  let auth: ServiceClient<AuthContract>;
  let ended: SessionRef[];

  beforeEach(async () => {
    @Controller()
    class Gateway {
      @EventPattern(SESSION_ENDED, { broadcast: true })
      sessionEnded(@Payload() session: SessionRef): void {
        ended.push(session);
      }
    }
    ended = [];
    running = new RunningAuth(testRedis());
    await running.users();
    await running.service('gateway', Gateway);
    await running.replica();
    await running.replica();
    auth = running.client();
  });
  afterEach(() => running.stop());

  const credentials = (username: string, password = 'secret', address = '192.0.2.7') => ({
    username,
    password,
    address,
  });
  const signUp = (username: string, idempotencyKey: string = randomUUID()) =>
    running.ask(auth, 'signUp', credentials(username), { idempotencyKey });
  const signIn = (username: string, password?: string, address?: string) =>
    running.ask(auth, 'signIn', credentials(username, password, address));

  it('give a name to one of a hundred who sign up with it at once', async () => {
    const results = await Promise.allSettled(Array.from({ length: 100 }, () => signUp('Ada')));
    const winners = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    const losers = results.flatMap((result) => (result.status === 'rejected' ? [result.reason.name] : []));
    expect(losers).toEqual(Array(99).fill('USERNAME_TAKEN'));
    expect(running.profiles.owners).toEqual(new Map([['ada', winners[0]!.user.UUID]]));
  });

  it('sign fifty in to one account who bring an unknown username and one password at once', async () => {
    const all = await Promise.all(Array.from({ length: 50 }, () => signIn('Ada')));
    expect(new Set(all.map(({ user }) => user.UUID)).size).toBe(1);
    const sessions = all.map(({ accessKey }) => sessionOf(accessKey)!);
    expect(new Set(sessions.map(({ sessionId }) => sessionId)).size).toBe(50);
    expect(await auth.ask('auth.keepSessions', { sessions })).toEqual({ ended: [] });
  });

  it('open a session that the other one made, until it is signed out, and tell the gateways', async () => {
    const { user, accessKey } = await signUp('Ada');
    const session = sessionOf(accessKey)!;
    for (let index = 0; index < 4; index += 1) {
      expect(await auth.ask('auth.openSessions', { sessions: [session] })).toEqual({ users: [user] });
    }
    expect(await auth.ask('auth.signOut', session)).toEqual({});
    expect(await auth.ask('auth.openSessions', { sessions: [session] })).toEqual({ users: [null] });
    await eventually(() => expect(ended).toEqual([session]));
    expect(await auth.ask('auth.keepSessions', { sessions: [session] })).toEqual({
      ended: [session.sessionId],
    });
  });

  it('check no more wrong passwords than the bound together, and refuse the right one then', async () => {
    await signUp('Ada');
    const guesses = Array.from({ length: 60 }, (_, index) => signIn('ada', `guess ${index}`, '198.51.100.1'));
    const results = await Promise.allSettled(guesses);
    const names = results.map((result) => (result as PromiseRejectedResult).reason.name);
    expect(names.filter((name) => name === 'WRONG_PASSWORD')).toHaveLength(5);
    expect(names.filter((name) => name === 'RATE_LIMITED')).toHaveLength(55);
    const refusal = await signIn('Ada', 'secret', '198.51.100.1').catch((error) => error);
    expect(refusal).toMatchObject({ name: 'RATE_LIMITED', retryable: true });
    expect(refusal.retryAfterMs).toBeGreaterThan(800_000);
    expect(refusal.retryAfterMs).toBeLessThanOrEqual(900_000);
    expect(await signIn('Ada')).toMatchObject({ created: false });
    expect(await signIn('Ada', 'secret', '203.0.113.1')).toMatchObject({ created: false });
  });

  it('slow a username together for strangers, and never where its user has signed in before', async () => {
    await signUp('Ada');
    const from = (number: number) => `198.51.100.${number}`;
    const guesses = Array.from({ length: 10 }, (_, number) => signIn('Ada', 'guess', from(number)));
    const wrong = (await Promise.allSettled(guesses)).map((one) => Object(one).reason?.name);
    expect(wrong).toEqual(Array(10).fill('WRONG_PASSWORD'));
    const order: string[] = [];
    const stranger = signIn('Ada', 'secret', '203.0.113.1').then(() => order.push('stranger'));
    for (let time = 0; time < 5; time += 1) await signIn('Ada').then(() => order.push('at home'));
    await stranger;
    expect(order).toEqual([...Array(5).fill('at home'), 'stranger']);
  });

  it('answer a request that is sent again as the first time, with one session', async () => {
    const [idempotencyKey, ada] = [randomUUID(), credentials('Ada')];
    const about = aboutSignIn('signUp', ada, idempotencyKey);
    const { box, answers } = await running.sealer.seal({ password: ada.password }, about);
    const request = { username: ada.username, address: ada.address, secrets: box };
    const ask = () => auth.ask('auth.signUpSealed', request, { idempotencyKey }) as Promise<SignInReply>;
    const [first, second] = [await ask(), await ask()];
    expect(second.user).toEqual(first.user);
    expect(answers.open(second.accessKey)).toBe(answers.open(first.accessKey));
  });

  it('open one session for a request that both handle, while a rotation gives them different lists of keys', async () => {
    const { env, redis } = running;
    await running.stop();
    await running.users();
    await running.replica({ AUTH_PRIVATE_KEYS: `${newPrivateKey('new')},${env['AUTH_PRIVATE_KEYS']}` });
    auth = running.client();
    const idempotencyKey = randomUUID();
    const first = await signUp('Ada', idempotencyKey);
    await running.stop();
    // As if the first replica had died before its reply was kept.
    const connection = redis.connect();
    await connection.del(`${redis.prefix}:rpc:{auth}:done:${idempotencyKey}`);
    await running.users();
    await running.replica();
    auth = running.client();
    expect(await signUp('Ada', idempotencyKey)).toEqual(first);
    const sessions = `${redis.prefix}:auth:{${first.user.UUID}}:sessions`;
    expect(await connection.zrange(sessions, '0', '-1')).toEqual([first.sessionId]);
    connection.disconnect();
  });

  it('finish at the next sign-in what users could not do at sign-up', async () => {
    running.profiles.failing = true;
    await expect(signUp('Ada')).rejects.toMatchObject({ name: 'UNAVAILABLE', retryable: true });
    running.profiles.failing = false;
    const { user } = await signIn('Ada');
    expect(running.profiles.owners.get('ada')).toBe(user.UUID);
  });

  it('give a name free again that users knows of somebody else', async () => {
    running.profiles.owners.set('ada', 'somebody else');
    await expect(signUp('Ada')).rejects.toMatchObject({ name: 'USERNAME_TAKEN' });
    running.profiles.owners.clear();
    expect(await signUp('Ada')).toMatchObject({ created: true });
  });
});

describe('a replica of the auth service with a full queue', () => {
  it('refuses the address at once that fills it, and serves the others', async () => {
    const running = new RunningAuth(testRedis());
    try {
      await running.users();
      await running.replica({ HASHINGS_AT_ONCE: '1', HASHINGS_WAITING: '3' });
      const auth = running.client();
      const signUp = (username: string, address: string) =>
        running.ask(auth, 'signUp', { username, password: 'secret', address });
      const all = Array.from({ length: 30 }, (_, index) => signUp(`user ${index}`, '192.0.2.7'));
      const others = [1, 2].map((number) => signUp(`other ${number}`, `198.51.100.${number}`));
      expect((await Promise.allSettled(others)).map(({ status }) => status)).toEqual(
        Array(others.length).fill('fulfilled'),
      );
      const results = await Promise.allSettled(all);
      const names = results.flatMap((result) => (result.status === 'rejected' ? [result.reason.name] : []));
      expect(new Set(names)).toEqual(new Set(['OVERLOADED']));
      expect(names.length).toBeLessThanOrEqual(28);
    } finally {
      await running.stop();
    }
  });
});
