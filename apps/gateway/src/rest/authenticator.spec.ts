import { describe, expect, it } from '@jest/globals';
import {
  type AuthContract,
  type KeyUse,
  newAccessKey,
  newApiKey,
  type SessionRef,
  type TokenRef,
} from '@parley/contracts';
import { AppError } from '@parley/protocol';
import { type Answers, fakeService } from '../pacing/fixtures/fake-services.js';
import type { TokenSignIns } from '../users/token-sign-ins.js';
import { Bearers } from './authenticator.js';
import { BearerTokens } from './bearer-tokens.js';
import { ApiKeys, type UseOfKey } from './operators/api-keys.js';

const ADA = { UUID: '7b8e0f5e-6d1c-4f6a-9a3e-000000000001', Username: 'Ada' };
const REF: TokenRef = { userUUID: ADA.UUID, externalId: 'e', expiresAt: 1 };
const TOKEN = 'aaaa.bbbb.cccc';
const USE: UseOfKey = { operation: 'getUser', object: '/users/me' };

/** What an auth would say that takes a token of `userUUID`, until `state` says otherwise. */
function setUp() {
  const state = { identified: [] as string[], refusal: undefined as AppError | undefined, isPurged: false };
  const answers: Answers<AuthContract> = {
    'auth.openSessions': ({ sessions }: { sessions: readonly SessionRef[] }) => ({
      users: sessions.map(({ userUUID }) => (userUUID === ADA.UUID ? ADA : null)),
    }),
    'auth.openKeys': ({ uses }: { uses: readonly KeyUse[] }) => ({
      outcomes: uses.map(({ id, scope }) => {
        if (scope) return { error: { name: 'FORBIDDEN', message: '' } };
        return { id, name: 'k', scopes: [], user: ADA };
      }),
    }),
    'auth.openTokens': ({ tokens }: { tokens: readonly TokenRef[] }) => ({
      outcomes: tokens.map(() => {
        if (state.refusal) return { error: { name: state.refusal.name, message: '' } };
        return { user: state.isPurged ? null : ADA };
      }),
      places: tokens.map((_, place) => place),
    }),
  };
  const { client, asked } = fakeService<AuthContract>(answers);
  const identify: TokenSignIns['identify'] = async ({ token }) => {
    state.identified.push(token);
    state.isPurged = false;
    if (token.startsWith('wrong')) throw new AppError('WRONG_TOKEN');
    return REF;
  };
  const tokens = new BearerTokens(client, { identify } as TokenSignIns);
  const bearers = new Bearers(client, tokens, new ApiKeys(client, { warn: () => undefined }));
  const bring = (bearer: string, use: UseOfKey = USE) =>
    bearers.authenticate(`Bearer ${bearer}`, '192.0.2.7', use);
  return { state, asked, bearers, bring };
}

describe('the credentials of a request', () => {
  it('are an access key, a token or neither, by their form', async () => {
    const { bearers, bring, state } = setUp();
    expect(await bring(newAccessKey(ADA.UUID))).toEqual({ user: ADA, sessionId: expect.any(String) });
    expect(await bring(TOKEN)).toEqual({ user: ADA });
    expect(state.identified).toEqual([TOKEN]);
    await expect(bearers.authenticate(undefined, '', USE)).rejects.toMatchObject({ name: 'NOT_SIGNED_IN' });
    for (const other of ['Basic YTpi', 'Bearer', 'Bearer x y', `Bearer ${'x'.repeat(200)}`, 'Bearer ü.ü.ü'])
      await expect(bearers.authenticate(other, '', USE)).rejects.toMatchObject({ name: 'SESSION_EXPIRED' });
    for (const odd of ['a.b', 'a.b.c.d.e', `a.${'b'.repeat(17_000)}.c`])
      await expect(bring(odd)).rejects.toMatchObject({ name: 'WRONG_TOKEN' });
    expect(state.identified).toHaveLength(1);
  });

  it('have their signature checked once of a thousand requests, and auth is asked for each all the same', async () => {
    const { state, asked, bring } = setUp();
    await Promise.all(Array.from({ length: 1_000 }, () => bring(TOKEN)));
    expect(state.identified).toEqual([TOKEN]);
    const items = asked.map(({ request }) => (request as { tokens: TokenRef[] }).tokens.length);
    expect(items.reduce((sum, one) => sum + one)).toBe(1_000);
    expect(items.length).toBeLessThan(100);
    expect(JSON.stringify(asked)).not.toContain(TOKEN);
  });

  it.each(['WRONG_TOKEN', 'FORBIDDEN'] as const)('open nothing as soon as auth says %s', async (name) => {
    const { state, bring } = setUp();
    await bring(TOKEN);
    state.refusal = new AppError(name);
    await expect(bring(TOKEN)).rejects.toMatchObject({ name });
    state.refusal = undefined;
    expect(await bring(TOKEN)).toEqual({ user: ADA });
  });

  it('are checked again where auth no longer knows whose they are', async () => {
    const { state, bring } = setUp();
    await bring(TOKEN);
    state.isPurged = true;
    expect(await bring(TOKEN)).toEqual({ user: ADA });
    expect(state.identified).toEqual([TOKEN, TOKEN]);
  });

  it('are checked each time while they are wrong', async () => {
    const { state, bring } = setUp();
    for (let n = 0; n < 2; n += 1)
      await expect(bring('wrong.b.c')).rejects.toMatchObject({ name: 'WRONG_TOKEN' });
    expect(state.identified).toHaveLength(2);
  });

  it('are a key, of whose secret only a hash leaves the gateway', async () => {
    const { asked, bring } = setUp();
    const { key, id, proof } = newApiKey();
    expect(await bring(key)).toEqual({ user: ADA, key: { id, proof, name: 'k', scopes: [] } });
    await expect(bring(key, { ...USE, scope: 'keys' })).rejects.toMatchObject({ name: 'FORBIDDEN' });
    expect(JSON.stringify(asked)).not.toContain(key.slice(-43));
    await expect(bring(`${key}x`)).rejects.toMatchObject({ name: 'SESSION_EXPIRED' });
  });

  it('act for nobody else where they are no key', async () => {
    const { bring } = setUp();
    const use = { ...USE, actAs: { userUUID: ADA.UUID } };
    for (const bearer of [newAccessKey(ADA.UUID), TOKEN])
      await expect(bring(bearer, use)).rejects.toMatchObject({ name: 'FORBIDDEN' });
  });
});
