import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { CHEAP_HASHING, type Stack, startStack } from '@parley/local-stack';
import { eventually, runAdmin } from '@parley/testing';
import { Redis } from 'ioredis';
import { People } from './fixtures/people.js';
import { type Place, REDIS_STATES, type RedisState, SPOILT_STATES } from './fixtures/redis-states.js';
import { type Leak, Secrets } from './fixtures/secrets.js';

jest.setTimeout(300_000);

/** Short deadlines: most of what is asked here fails. Nobody is slowed: everybody shares an address. */
const SETTINGS = {
  ...CHEAP_HASHING,
  PORT: '0',
  LOG_LEVEL: 'trace',
  GATEWAY_WORKERS: '2',
  REQUEST_DEADLINE_MS: '2000',
  SIGN_IN_FAILURES_PER_PAIR: '1000',
  SIGN_IN_FAILURES_PER_USERNAME: '100000',
  SIGN_IN_FAILURES_PER_ADDRESS: '100000',
  USER_STORED_BYTES_PER_SECOND: '0',
};
/** Until everything serves again, in ms. */
const WELL_MS = 120_000;
/** Late lines of a fault, in ms. */
const LATE_MS = 1_000;

describe('what the processes of a chat print while Redis fails them', () => {
  const mark = `private${randomBytes(6).toString('hex')}`;
  const secrets = new Secrets();
  const output = new Map<string, string>();
  let folder: string;
  let stack: Stack;
  let redis: Redis;
  let people: People;
  let place: Place;

  const heard = (name: string, bytes: Buffer) =>
    void output.set(name, `${output.get(name) ?? ''}${bytes.toString('latin1')}`);

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'parley-logs-'));
    const sealingKey = randomBytes(32).toString('base64');
    const settings = { ...SETTINGS, SEALING_KEY: sealingKey, DATA_DIR: folder };
    stack = await startStack({ settings, gatewayPorts: 'separate', output: heard });
    redis = new Redis(stack.redisUrl!, { maxRetriesPerRequest: null });
    redis.on('error', () => undefined);
    await redis.config('SET', 'loglevel', 'debug');
    place = { stack, redis, folder: join(folder, 'redis'), text: `held-${mark}` };
    secrets.add('what people wrote', mark);
    secrets.add('the hash of a password', '$argon2');
    secrets.add('SEALING_KEY', sealingKey);
    await addStored(secrets, folder);
    people = new People(stack.gateways, secrets, mark);
    await people.come();
  });

  afterAll(async () => {
    people?.leave();
    redis?.disconnect();
    await stack?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  /** What was printed since the last call, by process. */
  const printed = (): [name: string, text: string][] => {
    const all = [...output];
    output.clear();
    return all;
  };

  const during = async ({ enter, mend, reply }: RedisState): Promise<[string, string][]> => {
    printed();
    await redis.config('RESETSTAT');
    await enter(place);
    const [operator] = await Promise.all([runAdmin(folder, 'unban', 'nobody'), people.doEverything()]);
    heard('operator', Buffer.from(operator.out + operator.err));
    await mend?.(place);
    if (reply) expect(await redis.info('errorstats')).toContain(`errorstat_${reply}:`);
    await pause(LATE_MS);
    return printed();
  };

  const check = async (state: RedisState): Promise<void> => {
    const all = await during(state);
    const leaks: Leak[] = all.flatMap(([name, text]) => secrets.leaksIn(name, text));
    expect(leaks).toEqual([]);
    expect(all.map(([name]) => name)).toEqual(expect.arrayContaining(['gateway-1', 'gateway-2', 'operator']));
  };

  it('finds what it looks for, in every form', async () => {
    await pause(LATE_MS);
    const text = `before ${mark} after`;
    for (const form of [
      text,
      text.toUpperCase(),
      JSON.stringify(Buffer.from(text)),
      Buffer.from(text).toString('hex'),
      ...['', 'x', 'xy'].map((before) => Buffer.from(before + text).toString('base64url')),
    ])
      expect(secrets.leaksIn('a test', form)).toMatchObject([
        { process: 'a test', secret: 'what people wrote' },
      ]);
    // Everything works so far, and every process has printed something.
    expect([...output.keys()].sort()).toEqual([
      'auth-1',
      'channels-1',
      'gateway-1',
      'gateway-2',
      'redis',
      'users-1',
    ]);
    expect(printed().flatMap(([name, all]) => secrets.leaksIn(name, all))).toEqual([]);
  });

  it.each(REDIS_STATES.map((state) => [state.name, state] as const))(
    'quotes nothing where Redis %s',
    async (_, state) => {
      await check(state);
      await eventually(() => people.isWell(), { timeoutMs: WELL_MS, everyMs: 500 });
    },
  );

  it.each(SPOILT_STATES.map((state) => [state.name, state] as const))(
    'quotes nothing where Redis %s',
    async (_, state) => check(state),
  );
});

/** The secrets of the stack: passwords of Redis, private keys. */
async function addStored(secrets: Secrets, folder: string): Promise<void> {
  const { passwords, ...keys } = JSON.parse(await readFile(join(folder, 'secrets.json'), 'utf8'));
  for (const [name, text] of Object.entries({ ...passwords, ...keys })) secrets.add(name, text as string);
  for (const key of (keys.authPrivateKeys as string).split(','))
    secrets.add('authPrivateKeys', key.split(':')[1]!);
}
