import { randomBytes, randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { type Identity, SESSION_ENDED, Sealer, type SignInReply, sessionOf } from '@parley/contracts';
import { AppError, usernameKey } from '@parley/protocol';
import { AuthService } from './auth.service.js';
import { InMemoryAllowances } from './fixtures/in-memory-allowances.js';
import { InMemoryAttempts } from './fixtures/in-memory-attempts.js';
import { InMemoryCredentials } from './fixtures/in-memory-credentials.js';
import { InMemorySessions } from './fixtures/in-memory-sessions.js';
import { HashingCharges } from './hashing/hashing-charges.js';
import { HashingQueue } from './hashing/hashing-queue.js';
import { PasswordCheck } from './password-check.js';
import { PasswordHasher } from './password-hasher.js';
import { Registration } from './registration.js';
import { RequestSeals } from './request-seals.js';
import { SessionStart } from './session-start.js';
import { SignInMethods } from './sign-in-methods.js';
import { SignInThrottle } from './sign-in-throttle.js';
import { SignUpLimit } from './throttle/sign-up-limit.js';

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

  rename = this.ensure;
  show = async () => undefined;
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
function world({
  sessionsPerUser = 100,
  signUpsPerAddress = 0,
  patienceMs = 60_000,
  rules = { isOpen: true, signsUpAtSignIn: true },
} = {}) {
  const credentials = new InMemoryCredentials();
  const sessions = new InMemorySessions({ ttlMs: 1_000, perUser: sessionsPerUser });
  const attempts = new InMemoryAttempts(WINDOW_MS);
  const allowances = new InMemoryAllowances();
  const profiles = new FakeProfiles();
  const published: { pattern: string; event: unknown }[] = [];
  const hasher = new CountedHasher(cheap);
  const serviceWith = (own: PasswordHasher, rulesNow = rules) => {
    const failures = { perPair: 3, perUsername: 6, perAddress: 9 };
    const throttle = new SignInThrottle(attempts, allowances, failures);
    const queue = new HashingQueue({ atOnce: 2, waiting: 200, patienceMs });
    const passwords = new PasswordCheck(own, queue, new HashingCharges(allowances), throttle);
    const limit = new SignUpLimit(allowances, signUpsPerAddress);
    return new AuthService(
      credentials,
      sessions,
      passwords,
      throttle,
      new Registration(credentials, passwords, limit, rulesNow),
      profiles,
      new RequestSeals({ privateKeys: [], sealingKey }),
      new SessionStart(sessions, {
        publish: async (pattern, event) => void published.push({ pattern, event }),
      }),
      new SignInMethods(['password']),
    );
  };
  return {
    credentials,
    sessions,
    attempts,
    allowances,
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

    it('knows an account by every spelling of its name, and counts guesses at them together', async () => {
      const { user } = await auth.signUp(request('  Ada  Lovelace'), newRequest());
      expect(user.Username).toBe('Ada Lovelace');
      expect((await auth.signIn(request('ａda\u3000lovelace'), newRequest())).user).toEqual(user);
      for (const spelling of ['Ada Lovelace ', ' ada lovelace', 'Ada\u00a0Lovelace'])
        await expect(auth.signIn(request(spelling, 'guess', '198.51.100.1'), newRequest())).rejects.toEqual(
          refused('WRONG_PASSWORD'),
        );
      for (const spelling of ['Ada  Lovelace', 'Ada Lovelace'])
        await expect(auth.signIn(request(spelling, 'secret', '198.51.100.1'), newRequest())).rejects.toEqual(
          refused('RATE_LIMITED'),
        );
    });

    it('makes no account of a name that differs from another one in what is unseen alone', async () => {
      await auth.signUp(request('admin'), newRequest());
      const runs = w.hasher.runs;
      for (const alike of ['ad\u200bmin', '\u202eadmin', 'admin\u3164']) {
        await expect(auth.signIn(request(alike), newRequest())).rejects.toEqual(refused('USERNAME_TAKEN'));
        await expect(auth.signUp(request(alike), newRequest())).rejects.toEqual(refused('USERNAME_TAKEN'));
      }
      await expect(auth.signIn(request('ro\u200bot'), newRequest())).rejects.toEqual(
        refused('INVALID_FIELD'),
      );
      expect(w.hasher.runs).toBe(runs);
    });

    it('makes such a name look like a wrong password where signing in creates no accounts', async () => {
      const closed = world({ rules: { isOpen: true, signsUpAtSignIn: false } });
      await closed.auth.signUp(request('admin'), newRequest());
      const runs = closed.hasher.runs;
      for (const name of ['ad\u200bmin', 'ro\u200bot'])
        await expect(closed.auth.signIn(request(name), newRequest())).rejects.toEqual(
          refused('WRONG_PASSWORD'),
        );
      expect(closed.hasher.runs).toBe(runs + 2);
    });

    it('leaves one session when a request is handled twice', async () => {
      await auth.signUp(request('Ada'), newRequest());
      const again = newRequest();
      const first = await auth.signIn(request('Ada'), again);
      expect((await auth.signIn(request('Ada'), again)).sessionId).toBe(first.sessionId);
    });

    it('replaces a hash of a lower cost, once, and keeps one of a higher cost', async () => {
      await auth.signUp(request('Ada'), newRequest());
      const costly = w.serviceWith(new PasswordHasher({ ...cheap, iterations: 2 }));
      await costly.signIn(request('Ada'), newRequest());
      const { passwordHash } = (await w.credentials.find('Ada'))!;
      expect(passwordHash).toContain('t=2');
      await costly.signIn(request('Ada'), newRequest());
      expect((await w.credentials.find('Ada'))!.passwordHash).toBe(passwordHash);
      await auth.signIn(request('Ada'), newRequest());
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

    const HOME = '192.0.2.7';
    const address = (number: number) => `198.51.100.${number}`;
    /** Refuses soon what is slowed: no time passes in memory. */
    const beImpatient = () => {
      w = world({ patienceMs: 200 });
      auth = w.auth;
    };
    const signIn = (username: string, from?: string) =>
      auth.signIn(request(username, 'secret', from), newRequest());
    /** Fails with a username from many addresses, until the username is slowed. */
    const failFromEverywhere = async (username: string) => {
      for (let index = 0; index < 6; index += 1) {
        await expect(guess(username, address(index))).rejects.toEqual(refused('WRONG_PASSWORD'));
      }
    };
    /** Fails from an address with many usernames, until the address is slowed. */
    const failWithEverybody = async (from: string) => {
      for (const name of ['one', 'two', 'three']) {
        await auth.signUp(request(name, 'secret', '203.0.113.1'), newRequest());
        for (let time = 0; time < 3; time += 1)
          await expect(guess(name, from)).rejects.toEqual(refused('WRONG_PASSWORD'));
      }
    };

    it('refuses a username from one address after its failures, even with the right password, without hashing', async () => {
      await auth.signUp(request('Ada'), newRequest());
      for (let index = 0; index < 3; index += 1) {
        await expect(guess('ada', address(1))).rejects.toEqual(refused('WRONG_PASSWORD'));
      }
      const runs = w.hasher.runs;
      await expect(signIn('Ada', address(1))).rejects.toMatchObject({
        name: 'RATE_LIMITED',
        retryAfterMs: WINDOW_MS,
      });
      expect(w.hasher.runs).toBe(runs);
      expect(await signIn('Ada', address(2))).toMatchObject({ created: false });
      w.attempts.pass(WINDOW_MS);
      expect(await signIn('Ada', address(1))).toMatchObject({ created: false });
    });

    it('never refuses the right password where its user has signed in before, whatever fails elsewhere', async () => {
      beImpatient();
      await auth.signUp(request('Ada'), newRequest());
      await failFromEverywhere('Ada');
      for (let time = 0; time < 5; time += 1) {
        await expect(guess('Ada', address(20 + time))).rejects.toEqual(refused('RATE_LIMITED'));
        expect(await signIn('Ada', HOME)).toMatchObject({ created: false });
      }
    });

    it('slows a username for strangers: it is refused for seconds, and then the right password passes', async () => {
      beImpatient();
      await auth.signUp(request('Ada'), newRequest());
      await failFromEverywhere('Ada');
      const refusal = await signIn('Ada', address(20)).catch((error) => error);
      expect(refusal).toMatchObject({ name: 'RATE_LIMITED' });
      expect(refusal.retryAfterMs).toBeLessThanOrEqual(5_000);
      w.allowances.pass(refusal.retryAfterMs);
      expect(await signIn('Ada', address(20))).toMatchObject({ created: false });
      // That place is known from now on.
      expect(await signIn('Ada', address(20))).toMatchObject({ created: false });
    });

    it('knows a user at the newest places', async () => {
      beImpatient();
      await auth.signUp(request('Ada'), newRequest());
      for (let index = 0; index < 8; index += 1) await signIn('Ada', address(100 + index));
      await failFromEverywhere('Ada');
      await expect(signIn('Ada', HOME)).rejects.toEqual(refused('RATE_LIMITED'));
      expect(await signIn('Ada', address(100))).toMatchObject({ created: false });
    });

    it('slows an address and refuses nobody there who has signed in there before', async () => {
      beImpatient();
      await auth.signUp(request('Ada', 'secret', address(1)), newRequest());
      await failWithEverybody(address(1));
      await auth.signUp(request('four', 'secret', address(2)), newRequest());
      await expect(guess('four', address(1))).rejects.toEqual(refused('RATE_LIMITED'));
      for (let time = 0; time < 10; time += 1) {
        expect(await signIn('Ada', address(1))).toMatchObject({ created: false });
      }
    });

    it('lets an address sign up whose sign-ins have failed: a sign-up guesses nothing', async () => {
      await failWithEverybody(address(1));
      const signUp = await auth.signUp(request('Barbara', 'secret', address(1)), newRequest());
      expect(signUp).toMatchObject({ created: true });
      expect(await auth.signIn(request('Grace', 'secret', address(1)), newRequest())).toMatchObject({
        created: true,
      });
    });

    it('slows an address for users who never signed in there, and lets them in a second later', async () => {
      beImpatient();
      await auth.signUp(request('Ada'), newRequest());
      await failWithEverybody(address(1));
      const refusal = await signIn('Ada', address(1)).catch((error) => error);
      expect(refusal).toMatchObject({ name: 'RATE_LIMITED' });
      expect(refusal.retryAfterMs).toBeLessThanOrEqual(1_000);
      w.allowances.pass(1_000);
      expect(await signIn('Ada', address(1))).toMatchObject({ created: false });
    });

    it('holds a slowed sign-in rather than refuse it, if that does not take long', async () => {
      const patient = world();
      await patient.auth.signUp(request('Ada'), newRequest());
      await patient.auth.signUp(request('Grace'), newRequest());
      for (let index = 0; index < 9; index += 1) {
        const name = `user ${index % 3}`;
        if (index < 3) await patient.auth.signUp(request(name), newRequest());
        const wrong = patient.auth.signIn(request(name, 'guess', address(1)), newRequest());
        await expect(wrong).rejects.toEqual(refused('WRONG_PASSWORD'));
      }
      const late = patient.auth.signIn(request('Ada', 'secret', address(1)), newRequest());
      patient.allowances.pass(1_000);
      expect(await late).toMatchObject({ created: false });
    });

    it('counts the addresses of one IPv6 network together', async () => {
      await auth.signUp(request('Ada'), newRequest());
      for (let index = 0; index < 3; index += 1)
        await expect(guess('Ada', `2001:db8::${index}`)).rejects.toEqual(refused('WRONG_PASSWORD'));
      await expect(guess('Ada', '2001:db8::99')).rejects.toEqual(refused('RATE_LIMITED'));
      await expect(guess('Ada', '2001:db8:0:1::1')).rejects.toEqual(refused('WRONG_PASSWORD'));
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

  describe('registration', () => {
    it('lets one address create so many accounts in an hour, by signing up or in', async () => {
      const { auth: narrow, allowances } = world({ signUpsPerAddress: 2 });
      await narrow.signUp(request('Ada'), newRequest());
      await expect(narrow.signUp(request('Ada'), newRequest())).rejects.toEqual(refused('USERNAME_TAKEN'));
      await narrow.signIn(request('Grace'), newRequest());
      const refusal = { name: 'RATE_LIMITED', retryAfterMs: 1_800_000 };
      await expect(narrow.signUp(request('Edsger'), newRequest())).rejects.toMatchObject(refusal);
      await expect(narrow.signIn(request('Edsger'), newRequest())).rejects.toMatchObject(refusal);
      expect(await narrow.signIn(request('Ada'), newRequest())).toMatchObject({ created: false });
      await narrow.signUp(request('Edsger', 'secret', '198.51.100.1'), newRequest());
      allowances.pass(1_800_000);
      await narrow.signUp(request('Barbara'), newRequest());
    });

    it('counts nobody against an address who could not be created', async () => {
      const { auth: narrow } = world({ signUpsPerAddress: 1 });
      const all = Array.from({ length: 3 }, () => narrow.signUp(request('Ada'), newRequest()));
      await Promise.allSettled(all);
      const second = narrow.signUp(request('Grace'), newRequest());
      await expect(second).rejects.toEqual(refused('RATE_LIMITED'));
    });

    it('is refused while it is closed, and users sign in as before', async () => {
      await auth.signUp(request('Ada'), newRequest());
      const closed = w.serviceWith(w.hasher, { isOpen: false, signsUpAtSignIn: true });
      await expect(closed.signUp(request('Grace'), newRequest())).rejects.toEqual(refused('FORBIDDEN'));
      await expect(closed.signUp(request('Ada'), newRequest())).rejects.toEqual(refused('FORBIDDEN'));
      await expect(closed.signIn(request('Grace'), newRequest())).rejects.toEqual(refused('WRONG_PASSWORD'));
      expect(await closed.signIn(request('Ada'), newRequest())).toMatchObject({ created: false });
      expect(await w.credentials.find('Grace')).toBeUndefined();
    });

    it.each(['Ada', 'Nobody'])(
      'answers %s alike with a wrong password without AUTO_SIGNUP',
      async (username) => {
        await auth.signUp(request('Ada'), newRequest());
        const strict = w.serviceWith(w.hasher, { isOpen: true, signsUpAtSignIn: false });
        const runs = w.hasher.runs;
        const outcomes: string[] = [];
        for (let time = 0; time < 5; time += 1) {
          const guess = strict.signIn(request(username, 'guess', '198.51.100.1'), newRequest());
          await guess.catch(({ name, retryAfterMs }) => outcomes.push(`${name} ${retryAfterMs}`));
        }
        expect(outcomes).toEqual([
          ...Array(3).fill('WRONG_PASSWORD undefined'),
          ...Array(2).fill(`RATE_LIMITED ${WINDOW_MS}`),
        ]);
        expect(w.hasher.runs - runs).toBe(3);
        expect(await w.credentials.find('Nobody')).toBeUndefined();
        expect(await strict.signUp(request('Grace'), newRequest())).toMatchObject({ created: true });
      },
    );
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
