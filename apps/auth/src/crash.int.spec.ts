import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { AuthContract } from '@parley/contracts';
import type { ServiceClient } from '@parley/service-kit';
import { testRedis } from '@parley/testing';
import { AuthProcess } from './fixtures/auth-process.js';
import { RunningAuth } from './fixtures/running-auth.js';

jest.setTimeout(60_000);

describe('when a replica of auth is killed between credential and profile', () => {
  let running: RunningAuth;
  let auth: ServiceClient<AuthContract>;
  let dying: AuthProcess | undefined;
  beforeEach(async () => {
    running = new RunningAuth(testRedis());
    await running.users();
    auth = running.client();
    dying = await AuthProcess.start(running.env);
  });
  afterEach(async () => {
    await dying?.stop();
    await running.stop();
  });

  it.each(['signUp', 'signIn'] as const)('another replica finishes the same %s', async (type) => {
    const asked: string[] = [];
    running.profiles.beforeRegister = async ({ UUID }) => {
      asked.push(UUID);
      if (asked.length > 1) return;
      dying?.kill();
      await running.replica();
    };
    const credentials = { username: 'Ada', password: 'secret', address: '192.0.2.7' };
    const authorized = await running.ask(auth, type, credentials);
    expect(authorized).toMatchObject({ user: { Username: 'Ada' }, created: true });
    expect(new Set(asked)).toEqual(new Set([authorized.user.UUID]));
    expect(asked.length).toBeGreaterThan(1);
    const session = { userUUID: authorized.user.UUID, sessionId: authorized.sessionId };
    expect(await auth.ask('auth.openSessions', { sessions: [session] })).toEqual({
      users: [authorized.user],
    });
  });
});
