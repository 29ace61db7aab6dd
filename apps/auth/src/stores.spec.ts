import { describeAllowanceStore } from './fixtures/allowance-store.suite.js';
import { describeAttemptStore } from './fixtures/attempt-store.suite.js';
import { describeCredentialStore } from './fixtures/credential-store.suite.js';
import { InMemoryAllowances } from './fixtures/in-memory-allowances.js';
import { InMemoryAttempts } from './fixtures/in-memory-attempts.js';
import { InMemoryCredentials } from './fixtures/in-memory-credentials.js';
import { InMemorySessions } from './fixtures/in-memory-sessions.js';
import { describeSessionStore } from './fixtures/session-store.suite.js';

describeCredentialStore('InMemoryCredentials', () => new InMemoryCredentials());

describeSessionStore('InMemorySessions', (bounds) => {
  const store = new InMemorySessions(bounds);
  return { store, now: () => store.now, pass: (ms) => store.pass(ms) };
});

describeAttemptStore('InMemoryAttempts', (windowMs) => {
  const store = new InMemoryAttempts(windowMs);
  return { store, pass: (ms) => store.pass(ms) };
});

describeAllowanceStore('InMemoryAllowances', () => {
  const store = new InMemoryAllowances();
  return { store, pass: (ms) => store.pass(ms) };
});
