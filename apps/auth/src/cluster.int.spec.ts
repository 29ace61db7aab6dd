import { afterAll, beforeAll } from '@jest/globals';
import { type OwnCluster, startCluster } from '@parley/testing';
import type { Cluster } from 'ioredis';
import { AttemptRepository } from './attempt.repository.js';
import { CredentialRepository } from './credential.repository.js';
import { describeAllowanceStore } from './fixtures/allowance-store.suite.js';
import { describeAttemptStore } from './fixtures/attempt-store.suite.js';
import { describeCredentialStore } from './fixtures/credential-store.suite.js';
import { keysWithTime } from './fixtures/redis-with-time.js';
import { describeSessionStore } from './fixtures/session-store.suite.js';
import { SessionRepository } from './session.repository.js';
import { AllowanceRepository } from './throttle/allowance.repository.js';

let own: OwnCluster;
let redis: Cluster;
beforeAll(async () => {
  own = await startCluster();
  redis = own.connect();
}, 30_000);
afterAll(async () => {
  redis?.disconnect();
  await own?.remove();
});

describeCredentialStore(
  'CredentialRepository on a Cluster',
  () => new CredentialRepository(redis, keysWithTime(redis, 'auth').keys),
);

describeSessionStore('SessionRepository on a Cluster', (bounds) => {
  const { keys, pass } = keysWithTime(redis, 'auth');
  return { store: new SessionRepository(redis, keys, bounds), now: Date.now, pass };
});

describeAttemptStore('AttemptRepository on a Cluster', (windowMs) => {
  const { keys, pass } = keysWithTime(redis, 'auth');
  return { store: new AttemptRepository(redis, keys, windowMs), pass };
});

describeAllowanceStore('AllowanceRepository on a Cluster', () => {
  const { keys, pass } = keysWithTime(redis, 'auth');
  return { store: new AllowanceRepository(redis, keys), pass };
});
