import { type ChildProcess, fork } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { aclUsers, CHEAP_HASHING, REDIS_USERS, type RedisUser } from '@parley/local-stack';
import { eventually, type OwnRedis, startCluster, startRedis, startSentinel } from '@parley/testing';
import { Redis } from 'ioredis';
import { failuresOf } from './fixtures/live-stack.js';

jest.setTimeout(900_000);

interface Place {
  readonly servers: readonly OwnRedis[];
  readonly settings: Readonly<Record<string, string>>;
  remove(): Promise<void>;
}

const address = ({ port }: { port: number }) => `127.0.0.1:${port}`;

const places: Record<string, () => Promise<Place>> = {
  'one Redis': async () => {
    const redis = await startRedis();
    const settings = { REDIS_ADDRESS: address(redis) };
    return { servers: [redis], settings, remove: () => redis.remove() };
  },
  'Redis with a Sentinel': async () => {
    const { master, replica, sentinels, name, remove } = await startSentinel();
    const settings = { REDIS_SENTINELS: sentinels.map(address).join(','), REDIS_SENTINEL_NAME: name };
    return { servers: [master, replica], settings, remove };
  },
  'a Redis Cluster': async () => {
    const { nodes, remove } = await startCluster();
    return { servers: nodes, settings: { REDIS_CLUSTER_NODES: nodes.map(address).join(',') }, remove };
  },
};

/** A pair of keys as auth and the gateways have it in their settings. */
function newKeys(): Record<string, string> {
  const { privateKey, publicKey } = generateKeyPairSync('x25519');
  return {
    AUTH_PRIVATE_KEYS: `a:${privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64')}`,
    AUTH_PUBLIC_KEYS: `a:${publicKey.export({ format: 'der', type: 'spki' }).toString('base64')}`,
  };
}

describe.each(Object.keys(places))('the services as Redis users of their own, on %s', (name) => {
  let place: Place;
  const admins: Redis[] = [];
  const children: ChildProcess[] = [];
  const password = randomBytes(16).toString('hex');

  afterEach(async () => {
    const ended = children.map((child) => once(child, 'exit'));
    for (const child of children) child.kill();
    await Promise.all(ended);
    for (const admin of admins) admin.disconnect();
    await place?.remove();
  });

  /** Resolves with the port that it listens on. */
  const start = async (service: RedisUser, keys: Record<string, string>): Promise<number> => {
    const entry = fileURLToPath(new URL(`../../../apps/${service}/dist/main.js`, import.meta.url));
    const env = {
      ...{ PATH: process.env.PATH, HEALTH_HOST: '127.0.0.1', HEALTH_PORT: '0', HOST: '127.0.0.1', PORT: '0' },
      ...{ REDIS_USERNAME: service, REDIS_PASSWORD: password, ...keys },
      ...(service === 'auth' && CHEAP_HASHING),
      ...place.settings,
    };
    const child = fork(entry, [], { env, execArgv: [], stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    children.push(child);
    for (;;) {
      const [{ port }] = (await once(child, 'message')) as [{ port?: number }];
      if (port) return port;
    }
  };
  const isReady = async (port: number) => (await fetch(`http://127.0.0.1:${port}/health/ready`)).ok;

  it('keep the whole protocol, and are refused nothing', async () => {
    place = await places[name]!();
    admins.push(...place.servers.map(({ url }) => new Redis(url)));
    for (const admin of admins) {
      for (const [user, rules] of Object.entries(aclUsers('chat'))) {
        await admin.call('ACL', 'SETUSER', user, 'on', `>${password}`, ...rules);
      }
    }
    const keys = newKeys();
    const ports = await Promise.all([...REDIS_USERS, 'gateway' as const].map((each) => start(each, keys)));
    await eventually(async () => (await Promise.all(ports.map(isReady))).every(Boolean), {
      timeoutMs: 60_000,
    });
    const urls = ports.slice(-2).map((port) => `ws://127.0.0.1:${port}/ws`);
    const failures = await failuresOf({ urls });
    const refused = await Promise.all(admins.map((admin) => admin.call('ACL', 'LOG')));
    expect([refused.flat(), failures]).toEqual([[], []]);
  });
});
