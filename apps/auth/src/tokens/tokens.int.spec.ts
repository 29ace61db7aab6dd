import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { INestMicroservice } from '@nestjs/common';
import {
  type AuthContract,
  aboutTokenSignIn,
  type SessionRef,
  sessionOf,
  type TokenSignInReply,
} from '@parley/contracts';
import type { ServiceClient } from '@parley/service-kit';
import { eventually, secondsFromNow, secretKey, TestIssuer, testRedis } from '@parley/testing';
import { AccountsService } from '../accounts/accounts.service.js';
import { RunningAuth } from '../fixtures/running-auth.js';
import { PurgeService } from '../purge/purge.service.js';
import { Provisioning } from './provisioning.js';
import { Revocations } from './revocations.js';

const LEEWAY_SECONDS = 5;

describe('two replicas of the auth service that take tokens', () => {
  const issuer = new TestIssuer(secretKey());
  let running: RunningAuth;
  let auth: ServiceClient<AuthContract>;
  let replica: INestMicroservice;
  let revocations: Revocations;
  let accounts: AccountsService;
  const env = {
    ...{ AUTH_METHODS: 'password,token', TOKEN_SECRET: String(issuer.key.secret) },
    ...{ TOKEN_ISSUER: issuer.issuer, TOKEN_AUDIENCE: issuer.audience },
    SIGN_IN_FAILURES_PER_ADDRESS: '3',
  };

  beforeEach(async () => {
    running = new RunningAuth(testRedis());
    await running.users();
    await running.replica(env);
    replica = await running.replica(env);
    [revocations, accounts] = [replica.get(Revocations), replica.get(AccountsService)];
    auth = running.client();
  });
  afterEach(() => running.stop());

  const called = (sub: string, preferred_username: string, claims: object = {}) =>
    issuer.token(sub, { preferred_username, ...claims });
  const signIn = (token: string, options?: { address?: string; idempotencyKey?: string }) =>
    running.signInByToken(auth, token, options);
  const withPassword = (type: 'signUp' | 'signIn', username: string, password = 'secret') =>
    running.ask(auth, type, { username, password, address: '192.0.2.9' });
  const isAlive = async (session: SessionRef) => {
    const { users } = await auth.ask('auth.openSessions', { sessions: [session] });
    return users[0] !== null;
  };
  const refusal = (work: Promise<unknown>) =>
    work.then(
      () => undefined,
      (error) => error,
    );

  it('create a user at the first sign-in, and know that user at the next', async () => {
    const exp = secondsFromNow(100);
    const first = await signIn(called('1', 'Ada', { exp }));
    expect(first).toMatchObject({ created: true, user: { Username: 'Ada' } });
    expect(first.token.expiresAt).toBe((exp + LEEWAY_SECONDS) * 1_000);
    expect(first.token.remainingMs).toBeLessThanOrEqual((100 + LEEWAY_SECONDS) * 1_000);
    expect(running.profiles.owners).toEqual(new Map([['ada', first.user.UUID]]));
    const second = await signIn(called('1', 'Ada'));
    expect(second).toMatchObject({ created: false, user: first.user });
    expect(second.sessionId).not.toBe(first.sessionId);
  });

  it('make one user of a hundred who sign in at once, and a user each of a thousand', async () => {
    const same = await Promise.all(Array.from({ length: 100 }, () => signIn(called('1', 'Ada'))));
    expect(new Set(same.map(({ user }) => `${user.UUID} ${user.Username}`)).size).toBe(1);
    expect(running.profiles.owners.size).toBe(1);
    // A busy machine does not get through a thousand before the deadline of a request. Clients ask again.
    const signInAtLast = (n: number) =>
      eventually(() => signIn(called(`n${n}`, `N${n}`)), { timeoutMs: 60_000 });
    const all = await Promise.all(Array.from({ length: 1_000 }, (_, n) => signInAtLast(n)));
    expect(new Set(all.map(({ user }) => user.UUID)).size).toBe(1_000);
    expect(running.profiles.owners.size).toBe(1_001);
  }, 90_000);

  it('append numbers to a name that many have', async () => {
    const all = await Promise.all(Array.from({ length: 30 }, (_, n) => signIn(called(`${n}`, 'Ada'))));
    const names = all.map(({ user }) => user.Username);
    expect(new Set(names).size).toBe(30);
    expect(names).toEqual(expect.arrayContaining(['Ada', 'Ada2', 'Ada9']));
    for (const [n, name] of names.entries())
      expect((await signIn(called(`${n}`, 'Ada'))).user.Username).toBe(name);
  });

  it('never open an account that has a password, nor give one to an account of a token', async () => {
    const ada = await withPassword('signUp', 'Ada');
    const own = await signIn(called(ada.user.UUID, 'Ada', { email: 'Ada', userUUID: ada.user.UUID }));
    expect(own).toMatchObject({ created: true, user: { Username: 'Ada2' } });
    expect(own.user.UUID).not.toBe(ada.user.UUID);
    expect(await withPassword('signIn', 'Ada')).toMatchObject({ user: ada.user });
    expect(await refusal(withPassword('signUp', 'Ada2'))).toMatchObject({ name: 'USERNAME_TAKEN' });
    expect(await refusal(withPassword('signIn', 'Ada2', ''.padEnd(8)))).toMatchObject({
      name: 'WRONG_PASSWORD',
    });
    const asking = { user: own.user, sessionId: own.sessionId, address: '192.0.2.9' };
    for (const pattern of ['auth.changePassword', 'auth.deleteAccount'] as const) {
      const about = [pattern, own.user.UUID, own.sessionId, asking.address, 'k'];
      const secrets = { password: 'x', newPassword: 'y' };
      const { box } = await running.sealer.seal(secrets, about);
      const asked = auth.ask(pattern, { ...asking, secrets: box }, { idempotencyKey: 'k' });
      expect(await refusal(asked)).toMatchObject({ name: 'FORBIDDEN' });
    }
  });

  it('tell two users by issuer and subject alone, whatever their claims say', async () => {
    const one = await signIn(called('1', 'Ada', { email: 'ada@example.test', uid: 'x' }));
    const other = await signIn(called('2', 'Ada', { email: 'ada@example.test', uid: 'x' }));
    expect(other.user.UUID).not.toBe(one.user.UUID);
    const apart = await signIn(called('1 ', 'Ada'));
    expect([one.user.UUID, other.user.UUID]).not.toContain(apart.user.UUID);
  });

  it('rename a user whose name has changed, and free the old one', async () => {
    const first = await signIn(called('1', 'Ada'));
    const all = await Promise.all(Array.from({ length: 20 }, () => signIn(called('1', 'Grace'))));
    const { UUID } = first.user;
    expect(new Set(all.map(({ user }) => `${user.UUID} ${user.Username}`))).toEqual(
      new Set([`${UUID} Grace`]),
    );
    expect(running.profiles.owners).toEqual(new Map([['grace', UUID]]));
    expect((await signIn(called('2', 'Ada'))).user.Username).toBe('Ada');
    // In another letter case it is the same name.
    expect((await signIn(called('1', 'GRACE'))).user).toEqual({ UUID, Username: 'Grace' });
    expect((await signIn(called('1', 'Ada'))).user).toEqual({ UUID, Username: 'Ada2' });
  });

  it('finish at the next sign-in what users could not do at the first', async () => {
    running.profiles.failing = true;
    expect(await refusal(signIn(called('1', 'Ada')))).toMatchObject({ name: 'UNAVAILABLE', retryable: true });
    running.profiles.failing = false;
    const { user } = await signIn(called('1', 'Ada'));
    expect(running.profiles.owners.get('ada')).toBe(user.UUID);
    running.profiles.failing = true;
    // A user who has a name keeps it, and the next sign-in renames.
    expect((await signIn(called('1', 'Grace'))).user.Username).toBe('Ada');
    running.profiles.failing = false;
    expect((await signIn(called('1', 'Grace'))).user).toEqual({ ...user, Username: 'Grace' });
  });

  it('take the next number where the directory has a name that looks like it', async () => {
    running.profiles.owners.set('ada', 'somebody else');
    expect((await signIn(called('1', 'Ada'))).user.Username).toBe('Ada2');
    running.profiles.owners.delete('ada');
    expect(await withPassword('signUp', 'Ada')).toMatchObject({ created: true });
  });

  it('answer a request that is sent again as the first time, with one session', async () => {
    const [address, idempotencyKey] = ['192.0.2.7', randomUUID()];
    const about = aboutTokenSignIn(address, idempotencyKey);
    const { box: secrets, answers } = await running.sealer.seal({ token: called('1', 'Ada') }, about);
    const connection = running.redis.connect();
    const ask = () => auth.ask('auth.signInByToken', { address, secrets }, { idempotencyKey });
    const first = (await ask()) as TokenSignInReply;
    // As if the replica had died before its reply was kept.
    await connection.del(`${running.redis.prefix}:rpc:{auth}:done:${idempotencyKey}`);
    const second = (await ask()) as TokenSignInReply;
    expect(second).toMatchObject({ user: first.user, sessionId: first.sessionId, created: true });
    expect(answers.open(second.accessKey)).toBe(answers.open(first.accessKey));
    const sessions = `${running.redis.prefix}:auth:{${first.user.UUID}}:sessions`;
    expect(await connection.zrange(sessions, '0', '-1')).toEqual([first.sessionId]);
    connection.disconnect();
  });

  it('end a session with its token, unless a newer one refreshes it', async () => {
    const { accessKey, user } = await signIn(
      called('1', 'Ada', { exp: secondsFromNow(-LEEWAY_SECONDS + 2) }),
    );
    const session = sessionOf(accessKey)!;
    const exp = secondsFromNow(100);
    const life = await running.refreshToken(auth, session, called('1', 'Ada', { exp }));
    expect(life.expiresAt).toBe((exp + LEEWAY_SECONDS) * 1_000);
    const outcomes: unknown[] = [];
    const options = { count: 1, take: (_: number, outcome: unknown) => void outcomes.push(outcome) };
    await auth.askEach('auth.openSessions', { sessions: [session] }, options);
    expect(outcomes).toEqual([
      { user, token: { expiresAt: life.expiresAt, remainingMs: expect.any(Number) } },
    ]);
    const other = await signIn(called('2', 'Bob'));
    expect(await refusal(running.refreshToken(auth, session, called('2', 'Bob')))).toMatchObject({
      message: 'The token is not valid: it is of another user.',
    });
    await auth.ask('auth.signOut', sessionOf(other.accessKey)!);
    expect(
      await refusal(running.refreshToken(auth, sessionOf(other.accessKey)!, called('2', 'Bob'))),
    ).toMatchObject({ name: 'SESSION_EXPIRED' });
  });

  it('count wrong tokens of an address, and still take the valid ones', async () => {
    const wrong = () => signIn(issuer.token('1', {}, secretKey())).catch(({ name }) => name);
    const outcomes = [await wrong(), await wrong(), await wrong(), await wrong()];
    expect(outcomes).toEqual(['WRONG_TOKEN', 'WRONG_TOKEN', 'WRONG_TOKEN', 'RATE_LIMITED']);
    expect(await signIn(called('1', 'Ada'))).toMatchObject({ created: true });
    expect(await refusal(signIn('a.b.c', { address: '203.0.113.1' }))).toMatchObject({ name: 'WRONG_TOKEN' });
  });

  describe('revoke', () => {
    const before = () => called('1', 'Ada', { iat: secondsFromNow(-10) });
    const after = () => called('1', 'Ada', { iat: secondsFromNow(LEEWAY_SECONDS + 2) });
    const revoked = { name: 'WRONG_TOKEN', message: 'The token is not valid: it was revoked.' };

    it('all sessions and tokens of a user, until newer ones, or for good', async () => {
      const one = await signIn(before());
      const { user } = one;
      expect(await revocations.revoke({ subject: '1' })).toEqual({ user, ended: 1 });
      expect(await isAlive(sessionOf(one.accessKey)!)).toBe(false);
      expect(await refusal(signIn(before()))).toMatchObject(revoked);
      expect(await refusal(signIn(called('1', 'Ada', { iat: undefined })))).toMatchObject(revoked);
      const two = await signIn(after());
      expect(await refusal(running.refreshToken(auth, sessionOf(two.accessKey)!, before()))).toMatchObject(
        revoked,
      );
      expect(await isAlive(sessionOf(two.accessKey)!)).toBe(true);
      const asked = await revocations.unrevoke({ subject: '1' });
      expect(asked).toEqual({ user, wasRevoked: true });
      expect(await signIn(before())).toMatchObject({ user });
      expect(await revocations.unrevoke({ subject: '1' })).toMatchObject({
        wasRevoked: false,
      });
    });

    it('also those of somebody who has not signed in, and nobody else', async () => {
      expect(await revocations.revoke({ subject: '1' })).toEqual({ user: null, ended: 0 });
      expect(await refusal(signIn(before()))).toMatchObject(revoked);
      expect(await signIn(called('2', 'Bob', { iat: secondsFromNow(-10) }))).toMatchObject({ created: true });
      expect(await signIn(after())).toMatchObject({ created: true });
    });

    it('leave no session of a sign-in at the same time', async () => {
      await signIn(before());
      const signIns = Array.from({ length: 50 }, () => signIn(before()).catch(() => undefined));
      await revocations.revoke({ subject: '1' });
      const sessions = (await Promise.all(signIns)).flatMap((one) => one ?? []);
      const alive = await Promise.all(sessions.map(({ accessKey }) => isAlive(sessionOf(accessKey)!)));
      expect(alive).not.toContain(true);
    });
  });

  it('never open a deleted account again, and make another user of one that was purged', async () => {
    const old = called('1', 'Ada', { iat: secondsFromNow(-10) });
    const { user, accessKey } = await signIn(old);
    expect(await accounts.stored('Ada')).toMatchObject({
      external: { issuer: issuer.issuer, subject: '1' },
    });
    await accounts.remove('Ada', randomUUID());
    expect(await isAlive(sessionOf(accessKey)!)).toBe(false);
    const deleted = { name: 'FORBIDDEN', message: 'This account is deleted.' };
    expect(await refusal(signIn(called('1', 'Grace')))).toMatchObject(deleted);
    expect((await signIn(called('2', 'Ada'))).user.Username).toBe('Ada2');
    await replica.get(PurgeService).purge(user.UUID, 'Ada');
    running.profiles.owners.delete('ada');
    expect(await refusal(signIn(old))).toMatchObject({ name: 'WRONG_TOKEN' });
    const fresh = await signIn(called('1', 'Ada', { iat: secondsFromNow(LEEWAY_SECONDS + 2) }));
    expect(fresh).toMatchObject({ created: true, user: { Username: 'Ada' } });
    expect(fresh.user.UUID).not.toBe(user.UUID);
  });

  it('leave a user the name where a token has none', async () => {
    const first = await signIn(called('1', 'Ada'));
    expect((await signIn(issuer.token('1'))).user).toEqual(first.user);
    const nameless = await signIn(issuer.token('2'));
    expect(nameless.user.Username).toBe(`user-${nameless.user.UUID.slice(0, 8)}`);
    expect((await signIn(issuer.token('2'))).user).toEqual(nameless.user);
    expect((await signIn(called('2', 'Bob'))).user.Username).toBe('Bob');
  });

  it('know a user at the first sign-in who was provisioned, however often and by whom', async () => {
    const provisioning = replica.get(Provisioning);
    const ada = { subject: '1', name: 'Ada' };
    const all = await Promise.all([
      ...Array.from({ length: 20 }, () => provisioning.provision(ada, randomUUID())),
      ...Array.from({ length: 20 }, () => signIn(called('1', 'Ada'))),
    ]);
    expect(new Set(all.map(({ user }) => JSON.stringify(user))).size).toBe(1);
    const { user } = all[0]!;
    const renamed = { user: { ...user, Username: 'Grace' }, created: false };
    expect(await provisioning.provision({ ...ada, name: 'Grace' }, randomUUID())).toEqual(renamed);
    expect(await provisioning.provision({ subject: '1' }, randomUUID())).toEqual(renamed);
    expect((await provisioning.provision({ ...ada, issuer: 'another' }, randomUUID())).user.UUID).not.toBe(
      user.UUID,
    );
    expect(() => provisioning.provision({ subject: '' }, randomUUID())).toThrow('subject: expected 1 to 255');
  });

  it('keep a banned user out', async () => {
    await signIn(called('1', 'Ada'));
    await accounts.bar('Ada', 'banned');
    expect(await refusal(signIn(called('1', 'Ada')))).toMatchObject({ name: 'FORBIDDEN' });
    await accounts.unbar('Ada', 'banned');
    await signIn(called('1', 'Ada'));
  });

  it('show what the provider says of a user besides, and ask for that only where it is news', async () => {
    const picture = 'https://id.example.test/ada.png';
    const { user } = await signIn(called('1', 'Ada', { name: 'Ada Lovelace', picture }));
    const shown = () => running.profiles.shown.get(user.UUID);
    expect(shown()).toEqual({ Name: 'Ada Lovelace', Picture: picture });
    running.profiles.shown.clear();
    await signIn(called('1', 'Ada', { name: 'Ada Lovelace', picture }));
    await signIn(called('1', 'Ada'));
    expect(shown()).toBeUndefined();
    await signIn(called('1', 'Ada', { name: 'Ada Byron', picture: 'http://id.example.test/' }));
    expect(shown()).toEqual({ Name: 'Ada Byron', Picture: picture });
    await signIn(called('1', 'Ada', { picture: '' }));
    expect(shown()).toEqual({ Name: 'Ada Byron' });
    const provisioned = { subject: '1', name: 'Ada', displayName: '', picture };
    await replica.get(Provisioning).provision(provisioned, randomUUID());
    expect(shown()).toEqual({ Picture: picture });
    expect(() => replica.get(Provisioning).provision({ subject: '1', picture: 'x' }, randomUUID())).toThrow(
      'picture: expected an https: address',
    );
  });

  it('let in a user whose picture cannot be shown now, and show it at the next sign-in', async () => {
    const { user } = await signIn(called('1', 'Ada'));
    running.profiles.showing = false;
    const picture = 'https://id.example.test/ada.png';
    await signIn(called('1', 'Ada', { picture }));
    expect(running.profiles.shown.size).toBe(0);
    running.profiles.showing = true;
    await signIn(called('1', 'Ada', { picture }));
    expect(running.profiles.shown.get(user.UUID)).toEqual({ Picture: picture });
  });

  it('delete the account of a fresh token of its user, and of no other', async () => {
    const ada = await signIn(called('1', 'Ada'));
    const grace = await signIn(called('2', 'Grace'));
    const remove = (token: string, idempotencyKey: string = randomUUID()) =>
      running.deleteAccountByToken(auth, ada.user, token, idempotencyKey);
    expect(await refusal(remove(called('2', 'Grace')))).toMatchObject({ name: 'WRONG_TOKEN' });
    for (const iat of [secondsFromNow(-601), undefined])
      expect(await refusal(remove(called('1', 'Ada', { iat })))).toMatchObject({ name: 'FORBIDDEN' });
    expect(await isAlive(sessionOf(ada.accessKey)!)).toBe(true);
    await remove(called('1', 'Ada'));
    expect(await isAlive(sessionOf(ada.accessKey)!)).toBe(false);
    expect(await isAlive(sessionOf(grace.accessKey)!)).toBe(true);
    expect(await refusal(signIn(called('1', 'Ada')))).toMatchObject({ name: 'FORBIDDEN' });
    // As another replica does that takes the request over.
    expect(await refusal(remove(called('1', 'Ada')))).toBeUndefined();
  });

  it('sign nobody in by an unknown name who asks for a known one, and answer as to a wrong password', async () => {
    await withPassword('signUp', 'Ada');
    const known = (username: string, password: string) =>
      running.signInKnown(auth, { username, password, address: '192.0.2.9' });
    expect(await known('Ada', 'secret')).toMatchObject({ user: { Username: 'Ada' } });
    const [wrong, unknown] = [await refusal(known('Ada', 'x')), await refusal(known('Bob', 'x'))];
    expect(wrong).toMatchObject({ name: 'WRONG_PASSWORD' });
    expect(unknown).toEqual(wrong);
    expect(running.profiles.owners.has('bob')).toBe(false);
  });

  it('refuse the ways to sign in that are off', async () => {
    await running.stop();
    await running.users();
    await running.replica({ ...env, AUTH_METHODS: 'token' });
    auth = running.client();
    for (const type of ['signUp', 'signIn'] as const)
      expect(await refusal(withPassword(type, 'Ada'))).toMatchObject({
        ...{ name: 'FORBIDDEN', message: 'Nobody signs in with a password here.' },
      });
    const credentials = { username: 'Ada', password: 'secret', address: '192.0.2.9' };
    expect(await refusal(running.signInKnown(auth, credentials))).toMatchObject({ name: 'FORBIDDEN' });
    await signIn(called('1', 'Ada'));
    await running.stop();
    await running.users();
    await running.replica();
    auth = running.client();
    expect(await refusal(signIn(called('1', 'Ada')))).toMatchObject({
      ...{ name: 'FORBIDDEN', message: 'Nobody signs in with a token here.' },
    });
  });
});
