import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { RedisConnection } from '@parley/redis';
import { eventually, startCluster, startRedis } from '@parley/testing';
import { Cluster, Redis } from 'ioredis';
import { RedisSubscriber } from './subscriber.js';

jest.setTimeout(60_000);

/** A Redis of some kind, and how to make clients of it. */
interface Place {
  connect(): RedisConnection;
  publish(channel: string, message: string): Promise<unknown>;
  subscribers(channel: string): Promise<number>;
  cutSubscriptions(): Promise<unknown>;
  remove(): Promise<void>;
}

async function oneNode(): Promise<Place> {
  const server = await startRedis();
  const admin = new Redis(server.url);
  return {
    connect: () => new Redis(server.url, { maxRetriesPerRequest: null }),
    publish: (channel, message) => admin.publish(channel, message),
    subscribers: async (channel) => Number(((await admin.pubsub('NUMSUB', channel)) as unknown[])[1]),
    cutSubscriptions: () => admin.call('CLIENT', 'KILL', 'TYPE', 'pubsub'),
    remove: async () => {
      admin.disconnect();
      await server.remove();
    },
  };
}

async function threeShards(): Promise<Place> {
  const cluster = await startCluster();
  const connect = () => new Cluster(cluster.nodes, { shardedSubscribers: true });
  const admin = connect();
  const onEach = (...command: [string, ...string[]]) =>
    Promise.all(admin.nodes('master').map((node) => node.call(...command)));
  return {
    connect,
    publish: (channel, message) => admin.spublish(channel, message),
    subscribers: async (channel) => {
      const counts = (await onEach('PUBSUB', 'SHARDNUMSUB', channel).catch(() => [])) as unknown[][];
      return counts.reduce((sum, [, count]) => sum + Number(count), 0);
    },
    cutSubscriptions: () => onEach('CLIENT', 'KILL', 'TYPE', 'pubsub'),
    remove: async () => {
      admin.disconnect();
      await cluster.remove();
    },
  };
}

describe.each([
  ['one node', oneNode],
  ['a Cluster', threeShards],
])('RedisSubscriber on %s', (_, start) => {
  let place: Place;
  let subscriber: RedisSubscriber;

  beforeAll(async () => {
    place = await start();
    const redis = place.connect();
    redis.on('error', () => undefined);
    subscriber = new RedisSubscriber(redis);
  });

  afterAll(async () => {
    subscriber?.close();
    await place?.remove();
  });

  const channels = ['t:{a}', 't:{b}', 't:{c}', 't:everyone'];

  /** What each channel's listener gets from now on. */
  async function listen() {
    const heard: string[] = [];
    await Promise.all(
      channels.map((channel) =>
        subscriber.subscribe(channel, (message) => heard.push(`${channel} ${message}`)),
      ),
    );
    return heard;
  }

  it('receives what is published on its channels, whatever their slot', async () => {
    const heard = await listen();
    for (const channel of channels) await place.publish(channel, 'x');
    await eventually(() =>
      expect([...heard].sort()).toEqual(channels.map((channel) => `${channel} x`).sort()),
    );
    expect(subscriber.isReady()).toBe(true);
  });

  it('is subscribed after an unsubscription and a subscription in one burst', async () => {
    const heard: string[] = [];
    const both = [
      subscriber.unsubscribe(channels[0]!),
      subscriber.subscribe(channels[0]!, (message) => heard.push(message.toString())),
    ];
    await Promise.all(both);
    await place.publish(channels[0]!, 'again');
    await eventually(() => expect(heard).toEqual(['again']));
  });

  it('hands on what arrives in one turn in order, channel by channel', async () => {
    const [first, second, third] = channels as [string, string, string];
    const listener = () => undefined;
    await Promise.all([
      subscriber.subscribe(first, listener),
      subscriber.subscribe(second, listener),
      subscriber.unsubscribe(first),
      subscriber.unsubscribe(third),
      subscriber.subscribe(third, listener),
    ]);
    const counts = await Promise.all([first, second, third].map((channel) => place.subscribers(channel)));
    expect(counts).toEqual([0, 1, 1]);
  });

  it('leaves no subscription in place', async () => {
    await listen();
    await subscriber.unsubscribe(channels[0]!);
    expect(await place.subscribers(channels[0]!)).toBe(0);
    expect(await place.subscribers(channels[1]!)).toBe(1);
  });

  it('reports that its connections were cut, and that it is subscribed again', async () => {
    const heard = await listen();
    const renewed = new Promise<void>((resolve) => subscriber.onRenewed(resolve));
    await place.cutSubscriptions();
    await renewed;
    await eventually(
      async () => {
        for (const channel of channels) await place.publish(channel, 'later');
        for (const channel of channels) expect(heard).toContain(`${channel} later`);
      },
      { timeoutMs: 15_000 },
    );
  });

  it('recovers automatically after its connections were cut', async () => {
    const heard = await listen();
    await place.cutSubscriptions();
    for (const channel of channels) {
      await eventually(
        async () => {
          await place.publish(channel, 'later');
          expect(heard).toContain(`${channel} later`);
        },
        { timeoutMs: 15_000 },
      );
    }
  });
});

describe('RedisSubscriber', () => {
  it('replaces a connection to a Redis that hangs, and says so when it is subscribed again', async () => {
    const server = await startRedis();
    const [redis, admin] = [new Redis(server.url, { maxRetriesPerRequest: null }), new Redis(server.url)];
    for (const each of [redis, admin]) each.on('error', () => undefined);
    const subscriber = new RedisSubscriber(redis);
    const heard: string[] = [];
    await subscriber.subscribe('t', (message) => heard.push(message.toString()));
    const renewed = new Promise<void>((resolve) => subscriber.onRenewed(resolve));
    server.signal('SIGSTOP');
    await eventually(() => expect(subscriber.isReady()).toBe(false), { timeoutMs: 15_000 });
    server.signal('SIGCONT');
    await renewed;
    await admin.publish('t', 'again');
    await eventually(() => expect(heard).toEqual(['again']));
    subscriber.close();
    admin.disconnect();
    await server.remove();
  });
});
