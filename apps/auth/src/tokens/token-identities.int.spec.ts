import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { INestMicroservice } from '@nestjs/common';
import type { AuthContract, Identity, TokenRef } from '@parley/contracts';
import type { AppError } from '@parley/protocol';
import type { ServiceClient } from '@parley/service-kit';
import { secondsFromNow, secretKey, TestIssuer, testRedis } from '@parley/testing';
import { AccountsService } from '../accounts/accounts.service.js';
import { RunningAuth } from '../fixtures/running-auth.js';
import { PurgeService } from '../purge/purge.service.js';
import { Revocations } from './revocations.js';

const LEEWAY_SECONDS = 5;

describe('requests that bring a token to auth', () => {
  const issuer = new TestIssuer(secretKey());
  const env = {
    ...{ AUTH_METHODS: 'password,token', TOKEN_SECRET: String(issuer.key.secret) },
    ...{ TOKEN_ISSUER: issuer.issuer, TOKEN_AUDIENCE: issuer.audience },
  };
  let running: RunningAuth;
  let auth: ServiceClient<AuthContract>;
  let replica: INestMicroservice;

  beforeEach(async () => {
    running = new RunningAuth(testRedis());
    await running.users();
    replica = await running.replica(env);
    auth = running.client();
  });
  afterEach(() => running.stop());

  const called = (sub: string, preferred_username: string, claims: object = {}) =>
    issuer.token(sub, { preferred_username, ...claims });
  const identify = (token: string) => running.identifyByToken(auth, token);
  /** What auth says of each: a user, null, or the error. */
  const open = async (...tokens: TokenRef[]) => {
    const outcomes: ({ readonly user: Identity | null } | AppError)[] = [];
    const take = (place: number, outcome: (typeof outcomes)[number]) => {
      outcomes[place] = outcome;
    };
    await auth.askEach('auth.openTokens', { tokens }, { count: tokens.length, take });
    return outcomes.map((outcome) => ('user' in outcome ? outcome.user : outcome));
  };

  it('create a user once, and no session', async () => {
    const refs = await Promise.all(Array.from({ length: 100 }, () => identify(called('1', 'Ada'))));
    const [{ userUUID }] = refs as [TokenRef];
    expect(new Set(refs.map((ref) => ref.userUUID))).toEqual(new Set([userUUID]));
    expect(running.profiles.owners).toEqual(new Map([['ada', userUUID]]));
    expect(await auth.ask('auth.listSessions', { userUUID })).toEqual({ total: 0, sessions: [] });
    expect(await open(...refs.slice(0, 2))).toEqual(Array(2).fill({ UUID: userUUID, Username: 'Ada' }));
    const { user } = await running.signInByToken(auth, called('1', 'Ada'));
    expect(user).toEqual({ UUID: userUUID, Username: 'Ada' });
  });

  it('rename a user, whom older tokens then show under the new name', async () => {
    const old = await identify(called('1', 'Ada'));
    await identify(called('1', 'Grace'));
    expect(await open(old)).toEqual([{ UUID: old.userUUID, Username: 'Grace' }]);
  });

  it('are refused when the token expires or is revoked, each for itself', async () => {
    const [ada, bob, eve] = [
      await identify(called('1', 'Ada', { iat: secondsFromNow(-20) })),
      await identify(called('2', 'Bob')),
      await identify(called('3', 'Eve')),
    ];
    await replica.get(Revocations).revoke({ subject: '1' });
    const outcomes = await open(ada, { ...bob, expiresAt: Date.now() }, eve);
    expect(outcomes).toMatchObject([
      { name: 'WRONG_TOKEN', message: 'The token is not valid: it was revoked.' },
      { name: 'WRONG_TOKEN', message: 'The token is not valid: it has expired.' },
      { UUID: eve.userUUID },
    ]);
    const again = identify(called('1', 'Ada', { iat: secondsFromNow(-20) }));
    await expect(again).rejects.toMatchObject({ name: 'WRONG_TOKEN' });
    const newer = await identify(called('1', 'Ada', { iat: secondsFromNow(LEEWAY_SECONDS + 2) }));
    expect(await open(newer)).toMatchObject([{ UUID: ada.userUUID }]);
  });

  it('are refused for a banned or deleted user', async () => {
    const accounts = replica.get(AccountsService);
    const token = called('1', 'Ada');
    const ada = await identify(token);
    await accounts.bar('Ada', 'banned');
    expect(await open(ada)).toMatchObject([{ name: 'FORBIDDEN', message: 'This account is banned.' }]);
    await accounts.unbar('Ada', 'banned');
    expect(await open(ada)).toMatchObject([{ UUID: ada.userUUID }]);
    await accounts.remove('Ada', 'k');
    const deleted = { name: 'FORBIDDEN', message: 'This account is deleted.' };
    expect(await open(ada)).toMatchObject([deleted]);
    await expect(identify(token)).rejects.toMatchObject(deleted);
  });

  it('are identified again after a purge: the token is then of another user', async () => {
    const iat = secondsFromNow(LEEWAY_SECONDS + 60);
    const ada = await identify(called('1', 'Ada', { iat }));
    await replica.get(PurgeService).purge(ada.userUUID, 'Ada');
    running.profiles.owners.delete('ada');
    expect(await open(ada)).toEqual([null]);
    const other = await identify(called('1', 'Ada', { iat }));
    expect(other.userUUID).not.toBe(ada.userUUID);
    expect(await open(other, ada)).toMatchObject([{ UUID: other.userUUID }, null]);
  });

  it('are refused where nobody signs in with a token', async () => {
    const ada = await identify(called('1', 'Ada'));
    await running.stop();
    await running.users();
    await running.replica();
    auth = running.client();
    const refused = { name: 'FORBIDDEN', message: 'Nobody signs in with a token here.' };
    await expect(identify(called('1', 'Ada'))).rejects.toMatchObject(refused);
    expect(await open(ada)).toMatchObject([refused]);
  });
});
