import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import {
  type AuthContract,
  aboutTokenRefresh,
  aboutTokenSignIn,
  BoxOpener,
  newPrivateKey,
  publicKeysOf,
  readPrivateKeys,
  readPublicKeys,
  type TokenRefreshRequest,
  type TokenSignInReply,
  type TokenSignInRequest,
} from '@parley/contracts';
import { AppError } from '@parley/protocol';
import { createLogger } from '@parley/service-kit';
import { type Answers, fakeService } from '../pacing/fixtures/fake-services.js';
import type { Connection } from '../socket/connection.js';
import { SealedRequests } from './sealed-requests.js';
import { TokenSignIns } from './token-sign-ins.js';

const TOKEN = 'aaaa.bbbb.cccc';
const KEY = 'k1';
const privateKeys = readPrivateKeys(newPrivateKey('a'));
const opener = new BoxOpener(privateKeys);
const life = { expiresAt: 1_767_225_600_000, remainingMs: 60_000 };
const session = { user: { UUID: randomUUID(), Username: 'Ada' }, userUUID: randomUUID(), sessionId: 's' };
const begun = { user: session.user, sessionId: 's', created: false, token: life };

const answers: Answers<AuthContract> = {
  'auth.signInByToken': async ({ address, secrets }: TokenSignInRequest) => {
    const opened = await opener.open(secrets, aboutTokenSignIn(address, KEY), ['token']);
    expect(opened.secrets.token).toBe(TOKEN);
    return { ...begun, accessKey: opened.answers.seal('an access key') };
  },
  'auth.refreshToken': async (request: TokenRefreshRequest) => {
    const opened = await opener.open(request.secrets, aboutTokenRefresh(request, KEY), ['token']);
    expect([opened.secrets.token, request.sessionId]).toEqual([TOKEN, session.sessionId]);
    return life;
  },
};

function setUp(own = answers, keys = privateKeys) {
  const service = fakeService<AuthContract>(own);
  const limits: (number | undefined)[] = [];
  const replies: TokenSignInReply[] = [];
  const connection = {
    ...{ address: '192.0.2.7', nextKey: () => KEY, signedIn: () => session },
    limitTo: (ms: number | undefined) => void limits.push(ms),
  } as unknown as Connection;
  const sealed = new SealedRequests(readPublicKeys(publicKeysOf(keys)), createLogger('test', 'fatal'));
  const begin = async (_: Connection, reply: TokenSignInReply) => {
    replies.push(reply);
    return { type: 'authorized', authorized: { userUUID: '', accessKey: reply.accessKey } } as const;
  };
  const tokens = new TokenSignIns(service.client, sealed, { begin: begin as never });
  return { ...service, tokens, connection, limits, replies };
}

describe('TokenSignIns', () => {
  it('seals the token to a key of auth, and opens the access key of the answer', async () => {
    const { tokens, connection, asked, replies } = setUp();
    await tokens.signIn(connection, TOKEN);
    expect(replies).toEqual([{ ...begun, accessKey: 'an access key' }]);
    expect(JSON.stringify(asked)).not.toContain(TOKEN);
  });

  it('lets the connection stay until the newer token expires', async () => {
    const { tokens, connection, asked, limits } = setUp();
    expect(await tokens.refresh(connection, TOKEN)).toEqual({
      ...{ type: 'refresh', refresh: { userUUID: session.userUUID, expiresAt: '2026-01-01T00:00:00.000Z' } },
    });
    expect(limits).toEqual([life.remainingMs]);
    expect(JSON.stringify(asked)).not.toContain(TOKEN);
  });

  it('leaves a connection its time when the newer token is refused', async () => {
    const refusing = () => Promise.reject(new AppError('WRONG_TOKEN'));
    const { tokens, connection, limits } = setUp({ 'auth.refreshToken': refusing });
    await expect(tokens.refresh(connection, TOKEN)).rejects.toMatchObject({ name: 'WRONG_TOKEN' });
    expect(limits).toEqual([]);
  });

  it('answers UNAVAILABLE where auth is of the release before, or has no key in common', async () => {
    const unknown = () => Promise.reject(new AppError('UNAVAILABLE', { cause: { code: 'NO_HANDLER' } }));
    const before = setUp({ 'auth.signInByToken': unknown });
    const unopened = setUp({ 'auth.signInByToken': () => ({ unopened: true }) });
    for (const { tokens, connection } of [before, unopened])
      await expect(tokens.signIn(connection, TOKEN)).rejects.toMatchObject({
        ...{ name: 'UNAVAILABLE', retryable: true },
      });
  });
});
