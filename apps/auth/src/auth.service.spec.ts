import { randomBytes, randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { type Identity, SESSION_ENDED, Sealer, type SignInReply, sessionOf } from '@parley/contracts';
import { AppError, usernameKey } from '@parley/protocol';
import { AuthService } from './auth.service.js';
import { InMemoryAttempts } from './fixtures/in-memory-attempts.js';
import { InMemoryCredentials } from './fixtures/in-memory-credentials.js';
import { InMemorySessions } from './fixtures/in-memory-sessions.js';
import { HashingQueue } from './hashing-queue.js';
import { PasswordCheck } from './password-check.js';
import { PasswordHasher } from './password-hasher.js';
import { RequestSeals } from './request-seals.js';
import { SignInThrottle } from './sign-in-throttle.js';

/** Profiles by name; fails when a test says so. */
class FakeProfiles {
  readonly owners = new Map<string, string>();
  failing: AppError | undefined;

  async ensure(user: Identity): Promise<void> {
    if (this.failing) throw this.failing;
    const key = usernameKey(user.Username);
    const owner = this.owners.get(key) ?? user.UUID;
    if (owner !== user.UUID) throw new AppError('USERNAME_TAKEN');
    this.owners.set(key, owner);
  }
}

/** Counts the hashings and checks that really run. */
class CountedHasher extends PasswordHasher {
  runs = 0;

  override hash(password: string): Promise<string> {
    this.runs += 1;
    return super.hash(password);
  }

  override verify(passwordHash: string, password: string): Promise<boolean> {
    this.runs += 1;
    return super.verify(passwordHash, password);
  }
}

const sealingKey = randomBytes(32);
const sealer = new Sealer(sealingKey);
const cheap = { memoryKib: 1_024, iterations: 1, parallelism: 1 };
const WINDOW_MS = 60_000;

/** Everything in memory, the password hashing alone is real. */
function world({ sessionsPerUser = 100 } = {}) {
  const credentials = new InMemoryCredentials();
  const sessions = new InMemorySessions({ ttlMs: 1_000, perUser: sessionsPerUser });
  const attempts = new InMemoryAttempts(WINDOW_MS);
  const profiles = new FakeProfiles();
  const published: { pattern: string; event: unknown }[] = [];
  const hasher = new CountedHasher(cheap);
  const serviceWith = (own: PasswordHasher) => {
    const throttle = new SignInThrottle(attempts, { perUsername: 3, perAddress: 6 });
    return new AuthService(
      credentials,
      sessions,
      new PasswordCheck(own, new HashingQueue({ atOnce: 2, waiting: 200 }), throttle),
      throttle,
      profiles,
      { publish: async (pattern, event) => void published.push({ pattern, event }) },
      new RequestSeals({ privateKeys: [], sealingKey }),
    );
  };
  return {
    credentials,
    sessions,
    attempts,
    profiles,
    published,
    hasher,
    serviceWith,
    auth: serviceWith(hasher),
  };
}

const request = (username: string, password = 'secret', address = '192.0.2.7') => ({
  username,
  password: sealer.seal(password),
  address,
});
const newRequest = () => randomUUID();
const refused = (name: string) => expect.objectContaining({ name });

describe('AuthService', () => {
  let w: ReturnType<typeof world>;
  let auth: AuthService;
  beforeEach(() => {
    w = world();
    auth = w.auth;
  });
  const sessionIn = (authorized: SignInReply) => sessionOf(sealer.open(authorized.accessKey))!;
  const succeeded = <T>(results: PromiseSettledResult<T>[]) =>
    results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));

  describe('signUp', () => {
    it('creates an account with a profile and a live session', async () => {
      const authorized = await auth.signUp(request('Ada'), newRequest());
      expect(authorized.user.Username).toBe('Ada');
      expect(authorized.created).toBe(true);
      expect(w.profiles.owners.get('ada')).toBe(authorized.user.UUID);
      const session = sessionIn(authorized);
      expect(session).toEqual({ userUUID: authorized.user.UUID, sessionId: authorized.sessionId });
      expect(await auth.openSessions([session])).toEqual([authorized.user]);
    });

    it('refuses a taken username without hashing, whatever its case and the password', async () => {
      await auth.signUp(request('Ada'), newRequest());
      const runs = w.hasher.runs;
      await expect(auth.signUp(request('ADA'), newRequest())).rejects.toEqual(refused('USERNAME_TAKEN'));
      expect(w.hasher.runs).toBe(runs);
    });

    it('lets exactly one win when many want a name at once', async () => {
      const all = Array.from({ length: 30 }, () => auth.signUp(request('Ada'), newRequest()));
      const results = await Promise.allSettled(all);
      expect(succeeded(results)).toHaveLength(1);
    });

    it('gives a request that is handled twice the same answer, with one account and one session', async () => {
      const again = newRequest();
      const first = await auth.signUp(request('Ada'), again);
      const second = await auth.signUp(request('Ada'), again);
      expect({ ...second, accessKey: sealer.open(second.accessKey) }).toEqual({
        ...first,
        accessKey: sealer.open(first.accessKey),
      });
    });

    it('refuses another password with a request key that was used before', async () => {
      const again = newRequest();
      await auth.signUp(request('Ada'), again);
      await expect(auth.signUp(request('Ada', 'guess'), again)).rejects.toEqual(refused('USERNAME_TAKEN'));
    });

    it('removes the credential when the name belongs to another profile', async () => {
      w.profiles.owners.set('ada', 'somebody else');
      await expect(auth.signUp(request('Ada'), newRequest())).rejects.toEqual(refused('USERNAME_TAKEN'));
      expect(await w.credentials.find('Ada')).toBeUndefined();
    });

    it('is finished by the next sign-in when the profile could not be created', async () => {
      w.profiles.failing = new AppError('UNAVAILABLE');
      await expect(auth.signUp(request('Ada'), newRequest())).rejects.toEqual(refused('UNAVAILABLE'));
      w.profiles.failing = undefined;
      const { user, created } = await auth.signIn(request('Ada'), newRequest());
      expect(w.profiles.owners.get('ada')).toBe(user.UUID);
      expect(created).toBe(false);
    });
  });

  describe('signIn', () => {
    it('opens another session of the same user with each sign-in', async () => {
      const first = await auth.signUp(request('Ada'), newRequest());
      const second = await auth.signIn(request('ada'), newRequest());
      expect(second.user).toEqual(first.user);
      expect(second.created).toBe(false);
      expect(second.sessionId).not.toBe(first.sessionId);
      expect(await auth.openSessions([sessionIn(first), sessionIn(second)])).toEqual([
        first.user,
        first.user,
      ]);
    });

    it('creates an account for an unknown username, with one hashing', async () => {
      const first = await auth.signIn(request('Ada'), newRequest());
      expect(first.created).toBe(true);
      expect(w.hasher.runs).toBe(1);
      await expect(auth.signIn(request('Ada', 'guess'), newRequest())).rejects.toEqual(
        refused('WRONG_PASSWORD'),
      );
    });

    it('signs in everyone who brings the same unknown username and password at once, to one account', async () => {
      const all = Array.from({ length: 50 }, () => auth.signIn(request('Ada'), newRequest()));
      const authorized = await Promise.all(all);
      expect(new Set(authorized.map(({ user }) => user.UUID)).size).toBe(1);
      expect(authorized.filter(({ created }) => created)).toHaveLength(1);
      expect(new Set(authorized.map(({ sessionId }) => sessionId)).size).toBe(50);
    });

    it('leaves one session when a request is handled twice', async () => {
      await auth.signUp(request('Ada'), newRequest());
      const again = newRequest();
      const first = await auth.signIn(request('Ada'), again);
      expect((await auth.signIn(request('Ada'), again)).sessionId).toBe(first.sessionId);
    });

    it('replaces a hash of a different cost, once', async () => {
      await auth.signUp(request('Ada'), newRequest());
      const costly = w.serviceWith(new PasswordHasher({ ...cheap, iterations: 2 }));
      await costly.signIn(request('Ada'), newRequest());
      const { passwordHash } = (await w.credentials.find('Ada'))!;
      expect(passwordHash).toContain('t=2');
      await costly.signIn(request('Ada'), newRequest());
      expect((await w.credentials.find('Ada'))!.passwordHash).toBe(passwordHash);
    });

    it('tells the gateways which sessions ended to make room', async () => {
      const { auth: narrow, published } = world({ sessionsPerUser: 1 });
      const first = await narrow.signUp(request('Ada'), newRequest());
      await narrow.signIn(request('Ada'), newRequest());
      expect(published).toEqual([{ pattern: SESSION_ENDED, event: sessionIn(first) }]);
    });
  });

  describe('throttling', () => {
    const guess = (username: string, address?: string) =>
      auth.signIn(request(username, 'guess', address), newRequest());

    it('refuses a username after its failures, even with the right password, without hashing', async () => {
      await auth.signUp(request('Ada'), newRequest());
      for (let index = 0; index < 3; index += 1) {
        await expect(guess('ada')).rejects.toEqual(refused('WRONG_PASSWORD'));
      }
      const runs = w.hasher.runs;
      await expect(auth.signIn(request('Ada', 'secret', '198.51.100.1'), newRequest())).rejects.toMatchObject(
        {
          name: 'RATE_LIMITED',
          retryAfterMs: WINDOW_MS,
        },
      );
      expect(w.hasher.runs).toBe(runs);
      w.attempts.pass(WINDOW_MS);
      expect(await auth.signIn(request('Ada'), newRequest())).toMatchObject({ created: false });
    });

    it('refuses an address after its failures with any usernames, also for sign-ups', async () => {
      for (const name of ['Ada', 'Grace', 'Edsger']) await auth.signUp(request(name), newRequest());
      for (const name of ['Ada', 'Grace', 'Edsger', 'Ada', 'Grace', 'Edsger']) {
        await expect(guess(name, '198.51.100.1')).rejects.toEqual(refused('WRONG_PASSWORD'));
      }
      await expect(guess('Barbara', '198.51.100.1')).rejects.toEqual(refused('RATE_LIMITED'));
      const signUp = auth.signUp(request('Barbara', 'secret', '198.51.100.1'), newRequest());
      await expect(signUp).rejects.toEqual(refused('RATE_LIMITED'));
      expect(await auth.signIn(request('Ada'), newRequest())).toMatchObject({ created: false });
    });

    it('checks no more guesses than the bound, however many arrive at once', async () => {
      await auth.signUp(request('Ada'), newRequest());
      const runs = w.hasher.runs;
      const results = await Promise.allSettled(Array.from({ length: 40 }, () => guess('Ada')));
      const names = results.map((result) => (result as PromiseRejectedResult).reason.name);
      expect(names.filter((name) => name === 'WRONG_PASSWORD')).toHaveLength(3);
      expect(names.filter((name) => name === 'RATE_LIMITED')).toHaveLength(37);
      expect(w.hasher.runs - runs).toBe(3);
    });

    it('never counts successes, however many there are at once', async () => {
      await auth.signUp(request('Ada'), newRequest());
      await expect(guess('Ada')).rejects.toEqual(refused('WRONG_PASSWORD'));
      await expect(guess('Ada')).rejects.toEqual(refused('WRONG_PASSWORD'));
      const all = Array.from({ length: 20 }, () => auth.signIn(request('Ada'), newRequest()));
      expect(await Promise.all(all)).toHaveLength(20);
      await expect(guess('Ada')).rejects.toEqual(refused('WRONG_PASSWORD'));
    });

    it('releases the guess when it could not be checked', async () => {
      await auth.signUp(request('Ada'), newRequest());
      const broken = w.serviceWith(
        Object.assign(new PasswordHasher(cheap), { verify: () => Promise.reject(new Error('no memory')) }),
      );
      for (let index = 0; index < 5; index += 1) {
        await expect(broken.signIn(request('Ada'), newRequest())).rejects.toThrow('no memory');
      }
      expect(await auth.signIn(request('Ada'), newRequest())).toMatchObject({ created: false });
    });
  });

  describe('sessions', () => {
    it('ends a session at once, and tells the gateways each time it is asked', async () => {
      const session = sessionIn(await auth.signUp(request('Ada'), newRequest()));
      await auth.signOut(session);
      expect(await auth.openSessions([session])).toEqual([null]);
      await auth.signOut(session);
      const told = { pattern: SESSION_ENDED, event: session };
      expect(w.published).toEqual([told, told]);
    });

    it('keeps sessions in use alive and names those that have ended', async () => {
      const kept = sessionIn(await auth.signUp(request('Ada'), newRequest()));
      const ended = sessionIn(await auth.signIn(request('Ada'), newRequest()));
      await auth.signOut(ended);
      w.sessions.pass(900);
      expect(await auth.keepSessions([kept, ended])).toEqual([ended.sessionId]);
      w.sessions.pass(900);
      expect(await auth.keepSessions([kept])).toEqual([]);
      w.sessions.pass(1_000);
      expect(await auth.keepSessions([kept])).toEqual([kept.sessionId]);
    });

    it('keeps 1,000 at once and refuses more', async () => {
      const session = sessionIn(await auth.signUp(request('Ada'), newRequest()));
      const sessions = Array.from({ length: 1_000 }, () => session);
      expect(await auth.keepSessions(sessions)).toEqual([]);
      await expect(auth.keepSessions([...sessions, session])).rejects.toEqual(refused('INVALID_FIELD'));
    });
  });
});
