import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { AppError } from '@parley/protocol';
import { connectRedis, fromRedisError, type RedisConnection, type RedisSettings } from '@parley/redis';
import { errorText, RedisTransportError } from '@parley/redis-transport';
import { type OwnRedis, startRedis } from '@parley/testing';
import type { Redis, RedisOptions } from 'ioredis';
import { createLogger, NestLogger } from './logger.js';
import { toKnownError } from './rpc-error.filter.js';

jest.setTimeout(60_000);

/** What must not be in any log, each under a name of its own. */
const SECRETS = {
  text: 'a private text\n    at hidden (/home/private/text:1:2)',
  name: 'ada-of-the-private-name',
  hash: '$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$cHJpdmF0ZQ',
  accessKey: 'kkkk.private-access-key',
  key: 'chat:auth:{private-key}',
};
const FORBIDDEN = [/private/, /ada-of/, /argon2id/, /kkkk/, /c2FsdA/];

/** Redis in a state in which it refuses commands; how one fails there; and what the log should say nevertheless. */
const FAULTS: [string, (faults: Faults) => Promise<unknown>, RegExp][] = [
  ['OOM', ({ redis, fail }) => fail(() => redis.config('SET', 'maxmemory', '1')), /OOM/],
  ['READONLY', ({ redis, fail }) => fail(() => redis.replicaof('127.0.0.1', 1)), /READONLY/],
  ['LOADING', (faults) => faults.failWhileLoading(), /LOADING/],
  ['NOPERM', (faults) => faults.failWithoutRights(), /NOPERM/],
  ['WRONGTYPE', ({ redis }) => failing(redis.lpush(SECRETS.key, SECRETS.text)), /WRONGTYPE.*lpush/s],
  ['NOSCRIPT', ({ redis }) => failing(redis.evalsha('0'.repeat(40), 1, ...ARGUMENTS)), /NOSCRIPT.*evalsha/s],
  ['no such command', ({ redis }) => failing(redis.call('NOSUCH', ...ARGUMENTS)), /ERR/],
  [
    'a script that throws',
    ({ redis }) => failing(redis.eval('error(ARGV[1])', 1, ...ARGUMENTS)),
    /ERR.*:1\)/s,
  ],
  [
    'a script that cannot read what it was given',
    ({ redis }) => failing(redis.eval('return cjson.decode(ARGV[1])', 1, ...ARGUMENTS)),
    /ERR.*:1\)/s,
  ],
  [
    'a script that quotes',
    ({ redis }) => failing(redis.eval('return redis.error_reply(ARGV[1])', 1, ...ARGUMENTS)),
    /\(eval\)/,
  ],
  [
    'a wrong type in a script',
    ({ redis }) => failing(redis.eval("return redis.call('INCR', KEYS[1])", 1, ...ARGUMENTS)),
    /ERR.*:1\)/s,
  ],
  ['a transaction that is given up', (faults) => faults.failTransaction(), /EXECABORT/],
  ['a connection cut in the middle of a command', (faults) => faults.failWhenCut(), /closed|max retries/],
  ['CLUSTERDOWN', (faults) => faults.failOnCluster(), /CLUSTERDOWN/],
];
const ARGUMENTS = [SECRETS.key, SECRETS.text, SECRETS.name, SECRETS.hash, SECRETS.accessKey] as const;

/** The error that a promise rejects with. */
async function failing(work: Promise<unknown>): Promise<unknown> {
  const outcome = await work.then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(outcome).toBeInstanceOf(Error);
  return outcome;
}

/** A Redis of these tests, and the ways to make commands fail on it. */
class Faults {
  private readonly clients: RedisConnection[] = [];
  private servers: OwnRedis[] = [];
  redis!: Redis;

  async start(): Promise<void> {
    const loading = ['--loading-process-events-interval-bytes', '1024'];
    const server = await startRedis({ args: ['--enable-debug-command', 'yes', ...loading] });
    this.servers.push(server);
    this.redis = this.connect(server.url);
    await this.redis.set(SECRETS.key, SECRETS.text);
  }

  async end(): Promise<void> {
    for (const client of this.clients) client.disconnect();
    await Promise.all(this.servers.map((server) => server.remove()));
  }

  /** A command with every secret, once Redis is in the state. Redis leaves the state again. */
  readonly fail = async (enter: () => Promise<unknown>): Promise<unknown> => {
    await enter();
    const error = await failing(this.redis.hset(...ARGUMENTS));
    await this.redis.config('SET', 'maxmemory', '0');
    await this.redis.replicaof('NO', 'ONE');
    return error;
  };

  async failWhileLoading(): Promise<unknown> {
    const other = this.connect(this.servers[0]!.url);
    for (let n = 0; n < 300; n += 1) await this.redis.set(`filler:${n}`, 'x'.repeat(100));
    await this.redis.config('SET', 'key-load-delay', '10000');
    const reloaded = other.call('DEBUG', 'RELOAD');
    try {
      for (;;) {
        const error = await this.redis.get(SECRETS.key).then(
          () => undefined,
          (rejected: unknown) => rejected,
        );
        if (error !== undefined) return error;
      }
    } finally {
      await reloaded;
      await this.redis.config('SET', 'key-load-delay', '0');
      await this.redis.set(SECRETS.key, SECRETS.text);
    }
  }

  async failWithoutRights(): Promise<unknown> {
    await this.redis.call('ACL', 'SETUSER', 'poor', 'on', 'nopass', '+@all', '~other:*');
    const poor = this.connect(this.servers[0]!.url.replace('//', '//poor:x@'));
    return failing(poor.set(SECRETS.key, SECRETS.text));
  }

  async failTransaction(): Promise<unknown> {
    const transaction = this.redis.multi();
    transaction.set(SECRETS.key, SECRETS.text);
    transaction.call('NOSUCH', ...ARGUMENTS);
    const error = await failing(transaction.exec());
    expect(error).toHaveProperty('previousErrors');
    return error;
  }

  async failWhenCut(): Promise<unknown> {
    const cut = this.connect(this.servers[0]!.url, { retryStrategy: () => null });
    let isOver = false;
    const waiting = failing(cut.blpop('filler-list', SECRETS.name, 0)).finally(() => {
      isOver = true;
    });
    while (!isOver) {
      await this.redis.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return waiting;
  }

  async failOnCluster(): Promise<unknown> {
    const server = await startRedis({ args: ['--cluster-enabled', 'yes'] });
    this.servers.push(server);
    return failing(this.connect(server.url).set(SECRETS.key, SECRETS.text));
  }

  private connect(url: string, options: RedisOptions = {}): Redis {
    const client = connectRedis({ REDIS_URL: url } as RedisSettings, options) as Redis;
    client.on('error', () => undefined);
    this.clients.push(client);
    return client;
  }
}

/** Everything that a logger writes about an error, in every way in which one can be given to it. */
function logged(error: unknown): string {
  const lines: string[] = [];
  const logger = createLogger('test', 'trace', { write: (line) => lines.push(line) });
  const wrapped = new AggregateError([error], SECRETS.text, { cause: error });
  for (const each of [error, wrapped, new AppError('INTERNAL', { cause: error }), fromRedisError(error)]) {
    const known = each as Error;
    logger.error({ err: known }, 'words');
    logger.error({ err: known });
    logger.warn(known);
    logger.warn(known, 'words');
    logger.info({ reason: known, several: [known] }, 'words %s', known);
    const nest = new NestLogger(logger);
    nest.error(known);
    nest.error(known, known.stack, 'Context');
    nest.error(known.message, known.stack, 'Context');
    nest.warn(known);
    lines.push(errorText(known));
    toKnownError(known, logger);
  }
  expect(lines.length).toBeGreaterThan(40);
  return lines.join('\n');
}

describe('a logged error of Redis', () => {
  const faults = new Faults();
  beforeAll(() => faults.start());
  afterAll(() => faults.end());

  it.each(FAULTS)('quotes nothing: %s', async (_, fail, said) => {
    const error = await fail(faults);
    const text = logged(error);
    for (const secret of FORBIDDEN) expect(text).not.toMatch(secret);
    expect(errorText(error)).toMatch(said);
  });

  it('quotes nothing where it is none of Redis’s', () => {
    const thrown: unknown[] = [
      SECRETS.text,
      { message: SECRETS.text, name: SECRETS.name, stack: SECRETS.text },
      Object.assign(new Error(SECRETS.text), { code: SECRETS.name, command: { name: SECRETS.hash } }),
      Object.assign(new Error('words'), { message: SECRETS.text, name: SECRETS.name }),
      Object.assign(new Error(), { stack: `Error\n${SECRETS.text}` }),
    ];
    for (const parse of [
      () => JSON.parse(SECRETS.text),
      () => Buffer.from(SECRETS as never),
      () => new URL(SECRETS.text),
    ])
      try {
        parse();
      } catch (error) {
        thrown.push(error);
      }
    expect(thrown).toHaveLength(8);
    for (const each of thrown) {
      const lines: string[] = [];
      const logger = createLogger('test', 'trace', { write: (line) => lines.push(line) });
      logger.error({ err: each }, 'words');
      logger.error({ err: each });
      new NestLogger(logger).error(each instanceof Error ? each : { each });
      lines.push(errorText(each));
      for (const secret of FORBIDDEN) expect(lines.join('\n')).not.toMatch(secret);
    }
  });

  it('says what failed, and where', () => {
    const error = new AppError('UNAVAILABLE', {
      cause: new RedisTransportError('UNAVAILABLE', 'Redis refused the command', {
        cause: Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:6379'), {
          ...{ code: 'ECONNREFUSED', syscall: 'connect', address: '127.0.0.1', port: 6379 },
        }),
      }),
    });
    const text = errorText(error);
    expect(text).toMatch(/^AppError UNAVAILABLE\n {4}at .*logged-errors\.int\.spec/);
    expect(text).toContain('caused by RedisTransportError UNAVAILABLE Redis refused the command\n');
    expect(text).toContain('caused by Error ECONNREFUSED connect 127.0.0.1:6379\n');
  });
});
