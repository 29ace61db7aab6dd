import { randomUUID } from 'node:crypto';
import { afterAll, describe, expect, it } from '@jest/globals';
import { eventually, testRedis } from '@parley/testing';
import { AttemptRepository } from './attempt.repository.js';
import { CredentialRepository } from './credential.repository.js';
import { describeAllowanceStore } from './fixtures/allowance-store.suite.js';
import { describeAttemptStore } from './fixtures/attempt-store.suite.js';
import { describeCredentialStore } from './fixtures/credential-store.suite.js';
import { keysWithTime, shiftScores } from './fixtures/redis-with-time.js';
import { describeSessionStore } from './fixtures/session-store.suite.js';
import { AuthKeys } from './redis/keys.js';
import { SessionRepository } from './session.repository.js';
import { AllowanceRepository } from './throttle/allowance.repository.js';

const { prefix, connect } = testRedis();
const redis = connect();
afterAll(() => redis.quit());

const freshKeys = () => new AuthKeys(`${prefix}-${randomUUID()}`);

describeCredentialStore('CredentialRepository', () => new CredentialRepository(redis, freshKeys()));

describeSessionStore('SessionRepository', (bounds) => {
  const { keys, pass } = keysWithTime(redis, prefix);
  return { store: new SessionRepository(redis, keys, bounds), now: Date.now, pass };
});

describeAttemptStore('AttemptRepository', (windowMs) => {
  const { keys, pass } = keysWithTime(redis, prefix);
  return { store: new AttemptRepository(redis, keys, windowMs), pass };
});

describeAllowanceStore('AllowanceRepository', () => {
  const { keys, pass } = keysWithTime(redis, prefix);
  return { store: new AllowanceRepository(redis, keys), pass };
});

describe('SessionRepository', () => {
  it('leaves no key when the sessions of a user have expired', async () => {
    const keys = freshKeys();
    const sessions = new SessionRepository(redis, keys, { ttlMs: 100, perUser: 3 });
    const ada = { UUID: randomUUID(), Username: 'Ada' };
    await sessions.create(ada, 's1');
    expect(await sessions.keep({ userUUID: ada.UUID, sessionId: 's1' })).toEqual({ user: ada });
    await eventually(async () => {
      expect(await redis.exists(keys.sessions(ada.UUID), keys.name(ada.UUID))).toBe(0);
    });
    expect(await sessions.keep({ userUUID: ada.UUID, sessionId: 's1' })).toBeUndefined();
  });
});

describe('AttemptRepository', () => {
  it('leaves no key when the window has passed', async () => {
    const keys = freshKeys();
    const attempts = new AttemptRepository(redis, keys, 50);
    const bound = { subject: 'Ada', most: 1 };
    await attempts.reserve(bound, 'a1');
    await attempts.settle(bound, 'a1', 'failed');
    await eventually(async () => {
      expect(await redis.exists(keys.failures('Ada'), keys.pending('Ada'))).toBe(0);
    });
    expect(await attempts.reserve(bound, 'a2')).toEqual({ granted: true });
  });

  it('keeps an unsettled reservation for at most a minute', async () => {
    const keys = freshKeys();
    const attempts = new AttemptRepository(redis, keys, 1_000);
    await attempts.reserve({ subject: 'Ada', most: 1 }, 'a1');
    expect(await attempts.reserve({ subject: 'Ada', most: 1 }, 'a2')).toEqual({ granted: false });
    expect(await redis.pttl(keys.pending('Ada'))).toBeLessThanOrEqual(60_000);
    await shiftScores(redis, keys.pending('Ada'), 60_000);
    expect(await attempts.reserve({ subject: 'Ada', most: 1 }, 'a2')).toEqual({ granted: true });
  });
});
