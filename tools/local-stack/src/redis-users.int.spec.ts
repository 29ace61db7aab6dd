import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { aclUsers, OPERATED, OPERATOR, operatorsStream, REDIS_USERS, type RedisUser } from '@parley/redis';
import { Redis } from 'ioredis';
import { findRedisProgram } from './find-redis.js';
import { freePort } from './free-port.js';
import { type RedisServer, startRedisServer } from './redis-server.js';

const PREFIX = 'acl';
const RPC = `${PREFIX}:rpc`;
const EVENTS = `${RPC}:{events}`;
const USERS = [...REDIS_USERS, OPERATOR] as const;
type User = (typeof USERS)[number];
const OWN_KEY: Record<RedisUser, string> = {
  auth: 'auth:k',
  users: 'presence:k',
  channels: 'channels:k',
  gateway: 'gateway:k',
};
const strangers = USERS.flatMap((name) =>
  REDIS_USERS.filter((other) => other !== name).map((other) => [name, other] as const),
);
/** Whose requests each user appends, and whose it must not. */
const CALLS: Record<User, readonly string[]> = {
  auth: ['users'],
  users: [],
  channels: ['users'],
  gateway: ['auth', 'users', 'channels'],
  operator: OPERATED.map(operatorsStream),
};
const SERVED: readonly string[] = [...REDIS_USERS, ...OPERATED.map(operatorsStream)];
const isServedBy = (service: string, user: User) => service === user || service === `${user}-operator`;
const callees = USERS.flatMap((user) => CALLS[user].map((callee) => [user, callee] as const));
const notCalled = USERS.flatMap((user) =>
  SERVED.filter((service) => !isServedBy(service, user) && !CALLS[user].includes(service)).map(
    (service) => [user, service] as const,
  ),
);

describe('the Redis users of the services and of operators', () => {
  let folder: string;
  let server: RedisServer;
  let admin: Redis;
  const clients = {} as Record<User, Redis>;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'redis-users-'));
    const [program, port] = await Promise.all([findRedisProgram(), freePort()]);
    server = await startRedisServer({
      program,
      folder,
      port,
      args: ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, '--save', ''],
    });
    admin = new Redis(port);
    for (const [name, rules] of Object.entries(aclUsers(PREFIX))) {
      const password = randomUUID();
      await admin.call('ACL', 'SETUSER', name, 'on', `>${password}`, ...rules);
      clients[name as User] = new Redis(port, { username: name, password });
    }
  });

  afterAll(async () => {
    for (const client of [admin, ...Object.values(clients)]) client?.disconnect();
    await server?.stop();
    await rm(folder, { recursive: true });
  });

  /** Sends each command line as the user, and inside a script. Redis must refuse all. */
  const refused = async (user: User, ...lines: string[]) => {
    const answer = (sent: Promise<unknown>) => sent.then(String, (error: Error) => error.message);
    const sent = lines.flatMap((line) => {
      const [command, ...args] = line.split(' ');
      const script = `return redis.call('${[command, ...args].join("','")}')`;
      return [answer(clients[user].call(command!, ...args)), answer(clients[user].eval(script, 0))];
    });
    const expected = lines.flatMap(() => [
      expect.stringContaining('NOPERM'),
      expect.stringMatching(/NOPERM|user executing the script can't|not allowed from script/),
    ]);
    expect(await Promise.all(sent)).toEqual(expected);
  };

  it.each(REDIS_USERS)('%s reads its own keys', async (name) => {
    const command = `return redis.call('EXISTS', KEYS[1])`;
    const key = `${PREFIX}:${OWN_KEY[name]}`;
    if (name === 'gateway') await refused(name, `SET ${key} x`);
    else expect(await clients[name].eval(command, 1, key)).toBe(0);
  });

  it('let each service report how it is, and only the gateway read it', async () => {
    for (const name of REDIS_USERS) {
      const key = `${PREFIX}:${name}:status`;
      await clients[name].hset(key, 'replica', '{}');
      await clients[name].pexpire(key, 60_000);
      expect(await clients.gateway.hgetall(key)).toEqual({ replica: '{}' });
      if (name !== 'gateway') await refused('gateway', `HSET ${key} replica x`, `DEL ${key}`);
      await refused(name === 'auth' ? 'users' : 'auth', `HGETALL ${key}`, `HSET ${key} replica x`);
      expect(await clients.gateway.hdel(key, 'replica')).toBe(1);
    }
  });

  it.each(strangers)('%s gets NOPERM for the keys of %s', async (name, other) => {
    const key = `${PREFIX}:${OWN_KEY[other]}`;
    await refused(name, `GET ${key}`, `SET ${key} x`, `DEL ${key}`, `HSET ${key} f x`, `EXISTS ${key}`);
    await expect(clients[name].eval('return 1', 1, key)).rejects.toThrow('NOPERM');
  });

  it.each(
    callees.flatMap(([user, callee]) =>
      ['requests', 'requests:later'].map((name) => [user, callee, name] as const),
    ),
  )('%s appends to what %s is asked in %s, and cannot read or delete it', async (user, callee, name) => {
    const requests = `${RPC}:{${callee}}:${name}`;
    const id = (await clients[user].xadd(requests, '*', 'v', '1'))!;
    expect(await clients[user].eval(`return redis.call('XLEN', KEYS[1])`, 1, requests)).toBeGreaterThan(0);
    await refused(
      user,
      `XRANGE ${requests} - +`,
      `XREVRANGE ${requests} + -`,
      `XREAD STREAMS ${requests} 0`,
      `XREADGROUP GROUP ${callee} c STREAMS ${requests} >`,
      `XGROUP CREATE ${requests} thief 0`,
      `XGROUP DESTROY ${requests} ${callee}`,
      `XACK ${requests} ${callee} ${id}`,
      `XAUTOCLAIM ${requests} ${callee} c 0 0`,
      `XINFO STREAM ${requests} FULL`,
      `XDEL ${requests} ${id}`,
      `XTRIM ${requests} MAXLEN 0`,
      `DEL ${requests}`,
      `UNLINK ${requests}`,
      `EXPIRE ${requests} 0`,
      `PEXPIRE ${requests} 0`,
      `RENAME ${requests} ${RPC}:{${callee}}:sent:${user}.x`,
      `COPY ${requests} ${RPC}:{${callee}}:sent:${user}.x`,
      `DUMP ${requests}`,
      `SET ${requests} x`,
      `SORT ${requests}`,
    );
    expect(await admin.xlen(requests)).toBeGreaterThan(0);
  });

  it.each(callees)('%s sees of the rest of %s only its own batches and replies', async (user, callee) => {
    const base = `${RPC}:{${callee}}`;
    await clients[user].incrby(`${base}:depth`, 1);
    await clients[user].incrby(`${base}:depth:later`, 1);
    expect(await clients[user].get(`${base}:readers:later`)).toBeNull();
    await clients[user].setrange(`${base}:sent:${user}.1`, 0, 'x');
    await clients[user].subscribe(`${base}:reply:${user}.1`);
    await clients[user].unsubscribe(`${base}:reply:${user}.1`);
    const other = user === 'gateway' ? 'auth' : 'gateway';
    await refused(
      user,
      `GET ${base}:done:k`,
      `SET ${base}:done:k V`,
      `DEL ${base}:done:k`,
      `XRANGE ${base}:dead - +`,
      `HGETALL ${base}:partial`,
      `SET ${base}:depth 1000000`,
      `SET ${base}:readers:later 1`,
      `INCRBY ${base}:readers:later 1`,
      `DEL ${base}:readers:later`,
      `SETRANGE ${base}:sent:${other}.1 0 x`,
      `PUBLISH ${base}:reply:${user}.1 x`,
      `PUBLISH ${base}:reply:${other}.1 x`,
      `SPUBLISH ${base}:reply:${other}.1 x`,
    );
    await expect(clients[user].subscribe(`${base}:reply:${other}.1`)).rejects.toThrow('NOPERM');
    await expect(clients[user].ssubscribe(`${base}:reply:${other}.1`)).rejects.toThrow('NOPERM');
    await expect(clients[user].psubscribe('*')).rejects.toThrow('NOPERM');
  });

  it.each(notCalled)('%s cannot ask %s', async (user, service) => {
    const base = `${RPC}:{${service}}`;
    await refused(user, `XADD ${base}:requests * v 1`, `INCRBY ${base}:depth 1`, `XLEN ${base}:requests`);
  });

  describe('with the streams of events', () => {
    const stream = (publisher: string) => `${EVENTS}:from:${publisher}`;

    it.each(['auth', 'users', 'channels'] as const)('%s publishes in its own', async (user) => {
      await clients[user].xadd(stream(user), '*', 'v', '1');
      await clients[user].setrange(`${EVENTS}:sent:${user}.1`, 0, 'x');
    });

    it.each(
      USERS.flatMap((user) =>
        ['auth', 'users', 'channels']
          .filter((other) => other !== user)
          .map((other) => [user, other] as const),
      ),
    )('%s cannot publish, trim or delete in that of %s', async (user, other) => {
      const key = stream(other);
      await refused(
        user,
        `XADD ${key} * v 1 p auth.sessionEnded e {}`,
        `XTRIM ${key} MAXLEN 0`,
        `DEL ${key}`,
        `XDEL ${key} 0-1`,
        `XGROUP DESTROY ${key} channels`,
        `SETRANGE ${EVENTS}:sent:${other}.1 0 x`,
      );
    });

    it('the gateway hears auth and users, writes none, and settles nothing for others', async () => {
      const { gateway } = clients;
      for (const key of [stream('auth'), stream('users'), `${EVENTS}:stream`]) {
        await gateway.xread('STREAMS', key, '0');
        await refused(
          'gateway',
          `XADD ${key} * p auth.sessionEnded e {}`,
          `DEL ${key}`,
          `XGROUP CREATE ${key} g 0`,
        );
      }
      await refused('gateway', `XREAD STREAMS ${stream('channels')} 0`);
      await gateway.xadd(`${EVENTS}:dead:gateway`, '*', 'v', '1');
      await refused('gateway', `XADD ${EVENTS}:dead:channels * v 1`, `HSET ${EVENTS}:handled:channels f 1`);
    });

    it('channels hears users, auth and itself as a group, and also reads auth and itself', async () => {
      const { channels } = clients;
      for (const publisher of ['users', 'auth', 'channels'])
        await channels.xgroup('CREATE', stream(publisher), 'channels', '0', 'MKSTREAM');
      await channels.xread('STREAMS', stream('auth'), stream('channels'), '0', '0');
      await refused('channels', `XGROUP DESTROY ${stream('users')} channels`, `XADD ${stream('auth')} * v 1`);
    });

    it('users hears auth as a group, and nobody else', async () => {
      await clients.users.xgroup('CREATE', stream('auth'), 'users', '0', 'MKSTREAM');
      await refused('users', `XRANGE ${stream('channels')} - +`, `XREAD STREAMS ${stream('channels')} 0`);
    });

    it.each(['auth', OPERATOR] as const)('%s hears nobody', async (user) => {
      await refused(user, `XRANGE ${stream('users')} - +`, `XRANGE ${stream('channels')} - +`);
    });
  });

  it('only channels publishes messages, and only gateways hear them', async () => {
    const fan = `${PREFIX}:channels:{c}:frames`;
    await clients.channels.publish(fan, 'x');
    await clients.gateway.subscribe(fan);
    await clients.gateway.unsubscribe(fan);
    for (const user of USERS.filter((name) => name !== 'channels')) await refused(user, `PUBLISH ${fan} x`);
    for (const user of USERS.filter((name) => name !== 'gateway')) {
      await expect(clients[user].subscribe(fan)).rejects.toThrow('NOPERM');
    }
  });

  it('only gateways tell everyone who signs in', async () => {
    const everyone = `${PREFIX}:gateway:everyone`;
    await clients.gateway.publish(everyone, 'x');
    for (const user of USERS.filter((name) => name !== 'gateway'))
      await refused(user, `PUBLISH ${everyone} x`);
  });

  it.each(USERS)('%s cannot look at, change or stop the server, nor what others run on it', async (user) => {
    await refused(
      user,
      'FLUSHALL',
      'FLUSHDB',
      'SWAPDB 0 1',
      'KEYS *',
      'SCAN 0',
      'RANDOMKEY',
      'DBSIZE',
      'CONFIG GET *',
      'CONFIG SET requirepass x',
      'ACL LIST',
      'ACL SETUSER x on nopass +@all ~*',
      'ACL LOG',
      'SHUTDOWN NOSAVE',
      'SAVE',
      'BGREWRITEAOF',
      'MONITOR',
      'CLIENT LIST',
      'CLIENT KILL TYPE normal',
      'CLIENT PAUSE 1000',
      'SCRIPT FLUSH',
      'SCRIPT KILL',
      'SCRIPT LOAD return',
      'FUNCTION FLUSH',
      'FUNCTION LOAD x',
      'REPLICAOF 127.0.0.1 1',
      'CLUSTER RESET',
      'CLUSTER FORGET x',
      'SLOWLOG GET',
      'LATENCY RESET',
      'MODULE LIST',
      'PUBSUB CHANNELS',
      'MIGRATE 127.0.0.1 1 k 0 1',
    );
  });
});
