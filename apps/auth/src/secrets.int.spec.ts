import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import {
  type AuthContract,
  BoxSealer,
  newPrivateKey,
  publicKeysOf,
  readPrivateKeys,
  readPublicKeys,
  sessionOf,
} from '@parley/contracts';
import type { ServiceClient } from '@parley/service-kit';
import { CommandWatch, type OwnRedis, secretKey, startRedis, TestIssuer } from '@parley/testing';
import { Redis, type RedisOptions } from 'ioredis';
import { AuthProcess } from './fixtures/auth-process.js';
import { RunningAuth } from './fixtures/running-auth.js';

const PASSWORD = 'correct-horse-battery-staple';
const WRONG_PASSWORD = 'incorrect-horse-battery-staple';

/** Seals to a key of the same id that auth does not have. */
const stranger = new BoxSealer(readPublicKeys(publicKeysOf(readPrivateKeys(newPrivateKey('test'))))[0]!);

const issuer = new TestIssuer(secretKey());

jest.setTimeout(60_000);

describe('passwords and access keys', () => {
  let own: OwnRedis;
  let redis: Redis;
  let watch: CommandWatch;
  let running: RunningAuth;
  let replica: AuthProcess;
  let auth: ServiceClient<AuthContract>;

  beforeEach(async () => {
    own = await startRedis({ args: ['--rdbcompression', 'no'] }); // so that a dump can be searched
    const connect = (options: RedisOptions = {}) => new Redis(own.url, options);
    redis = connect();
    watch = await CommandWatch.start(own.url);
    running = new RunningAuth({ url: own.url, prefix: 'secrets', connect });
    await running.users();
    replica = await AuthProcess.start({
      ...{ ...running.env, LOG_LEVEL: 'trace', AUTH_METHODS: 'password,token' },
      ...{ TOKEN_SECRET: String(issuer.key.secret) },
      ...{ TOKEN_ISSUER: issuer.issuer, TOKEN_AUDIENCE: issuer.audience },
    });
    auth = running.client();
  });
  afterEach(async () => {
    await replica.stop();
    await running.stop();
    watch.stop();
    redis.disconnect();
    await own.remove();
  });

  const ask = (type: 'signUp' | 'signIn', password: string, options = {}) =>
    running.ask(auth, type, { username: 'Ada Lovelace', password, address: '192.0.2.7' }, options);

  /** Every key with all that it holds, as Redis would write it to its files. */
  const everyKey = async () => {
    const keys = await redis.keys('*');
    const values = await Promise.all(keys.map((key) => redis.dumpBuffer(key)));
    return keys.map((key, index) => `${key} ${values[index]?.toString('latin1')}`).join('\n');
  };

  /** Every command until now. */
  const everyCommand = async () => {
    const commands = await watch.seen();
    return commands.map(({ name, args }) => `${name} ${args.join(' ')}`).join('\n');
  };

  it('stand nowhere in clear: not in Redis, not in a command, not in the log, not in an error', async () => {
    const { accessKey, user } = await ask('signUp', PASSWORD);
    const keys = await everyKey();
    const errors = [
      await ask('signIn', WRONG_PASSWORD).catch((error) => error),
      await ask('signUp', PASSWORD).catch((error) => error),
      await ask('signIn', PASSWORD, { sealer: stranger }).catch((error) => error),
    ];
    const session = sessionOf(accessKey)!;
    await auth.ask('auth.openSessions', { sessions: [session] });
    await auth.ask('auth.signOut', session);
    await auth.ask('auth.openSessions', { sessions: [session] });
    expect(errors.map(({ name }) => name)).toEqual(['WRONG_PASSWORD', 'USERNAME_TAKEN', 'UnopenedError']);
    const shown = JSON.stringify(
      errors.map(({ name, message, retryAfterMs }) => ({ name, message, retryAfterMs })),
    );
    const places = {
      keys: keys + (await everyKey()),
      commands: await everyCommand(),
      log: replica.log(),
      shown,
    };
    expect(places.keys).toContain('Ada Lovelace');
    expect(places.commands).toContain(user.UUID);
    expect(places.log).toContain('a request could not be opened');
    for (const place of Object.values(places)) {
      for (const secret of [PASSWORD, WRONG_PASSWORD, accessKey]) expect(place).not.toContain(secret);
    }
    expect(places.log + shown).not.toContain('$argon2id');
  });

  it('and tokens do not either', async () => {
    const claims = { preferred_username: 'Ada Lovelace', email: 'ada@example.test' };
    const tokens = [
      issuer.token('a subject', claims),
      issuer.token('a subject', { ...claims, exp: 1 }),
      issuer.token('a subject', claims, secretKey()),
    ];
    const [signedIn, ...refused] = await Promise.allSettled(
      tokens.map((token) => running.signInByToken(auth, token)),
    );
    const session = sessionOf(Object(signedIn).value.accessKey)!;
    const refreshed = await running.refreshToken(auth, session, tokens[1]!).catch((error) => error);
    expect(await running.identifyByToken(auth, tokens[0]!)).toMatchObject({ userUUID: session.userUUID });
    const identified = await running.identifyByToken(auth, tokens[1]!).catch((error) => error);
    const errors = [...refused.map((one) => Object(one).reason), refreshed, identified];
    expect(errors.map(({ name }) => name)).toEqual(Array(4).fill('WRONG_TOKEN'));
    const shown = JSON.stringify(errors.map(({ name, message, cause }) => ({ name, message, cause })));
    const places = [await everyKey(), await everyCommand(), replica.log(), shown];
    expect(places[0]).toContain('a subject');
    const secrets = [...tokens, ...tokens.flatMap((token) => token.split('.').slice(1)), claims.email];
    for (const place of places) for (const secret of secrets) expect(place).not.toContain(secret);
    for (const place of places.slice(2)) expect(place).not.toContain('a subject');
    expect(places[2]).not.toContain(String(issuer.key.secret));
  });
});
