import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { eventually, type OwnRedis, startRedis } from '@parley/testing';
import { Redis } from 'ioredis';
import { ConnectionLost } from './redis-fault.js';
import { RedisLink } from './redis-link.js';

jest.setTimeout(60_000);

Logger.overrideLogger(false);

describe('RedisLink', () => {
  let own: OwnRedis;
  beforeAll(async () => {
    own = await startRedis();
  });
  afterAll(() => own.remove());

  const use = async (work: (link: RedisLink) => Promise<void>) => {
    const connect = () => new Redis(own.url, { retryStrategy: () => 20 });
    const link = new RedisLink(connect, 'tester', new Logger(), 50);
    link.open();
    await link.whenReady();
    try {
      await work(link);
    } finally {
      await link.close();
    }
  };

  it('settles every command when the connection breaks, and runs none later', async () => {
    await use(async (link) => {
      const blocked = link.run((client) => client.blpop('nothing', 0)).catch((error: unknown) => error);
      const kept = link.run((client) => client.rpush('kept', 'x')).catch((error: unknown) => error);
      (link.client as Redis).stream.destroy();
      expect(await blocked).toBeInstanceOf(ConnectionLost);
      expect(await kept).toBeInstanceOf(ConnectionLost);
      await link.whenReady();
      expect(await link.run((client) => client.exists('kept'))).toBe(0);
    });
  });

  it('leaves a peer that no longer answers, even if its connection still stands', async () => {
    await use(async (link) => {
      link.watch();
      const lost = once(link, 'lost');
      own.signal('SIGSTOP');
      try {
        await lost;
      } finally {
        own.signal('SIGCONT');
      }
      await link.whenReady();
      expect(await link.run((client) => client.ping())).toBe('PONG');
    });
  });

  it('keeps a peer whose answer it did not read in time because it was busy itself', async () => {
    await use(async (link) => {
      let timesLost = 0;
      link.on('lost', () => timesLost++);
      const { client } = link;
      const ping = client.ping.bind(client) as () => Promise<'PONG'>;
      let rounds = 0;
      // The answer comes while this process is busy. When it is not any more, the next ping is due first.
      client.ping = () => {
        if (rounds++ > 2) return ping();
        own.signal('SIGSTOP');
        const answer = ping();
        setTimeout(() => {
          own.signal('SIGCONT');
          const end = performance.now() + 100;
          while (performance.now() < end);
        }, 10);
        return answer;
      };
      link.watch();
      await eventually(() => rounds > 5);
      expect(timesLost).toBe(0);
    });
  });

  it('tries again when the client that replaces one cannot be made', async () => {
    let made = 0;
    const connect = () => {
      if (++made === 2) throw new Error('the certificate is just being replaced');
      return new Redis(own.url, { retryStrategy: () => null });
    };
    const link = new RedisLink(connect, 'tester', new Logger());
    link.open();
    await link.whenReady();
    (link.client as Redis).disconnect();
    await once(link, 'lost');
    await link.whenReady();
    expect(made).toBe(3);
    await link.close();
  });

  it('reports once that a master has become a replica, and once that a master is back', async () => {
    const lines: string[] = [];
    const note = (line: string) => void lines.push(line);
    const logger = { log: note, error: note, warn: note };
    const connect = () => new Redis(own.url, { retryStrategy: () => 20 });
    const link = new RedisLink(connect, 'writer', logger, undefined, 1_000);
    const admin = new Redis(own.url);
    link.open();
    await admin.replicaof('127.0.0.1', 1);
    try {
      for (let times = 0; times < 5; times += 1) {
        await link.whenReady();
        const lost = once(link, 'lost');
        const write = link.run((client) => client.set('key', 'value'));
        await expect(write).rejects.toThrow(/READONLY|broke/);
        await lost;
      }
      expect(lines).toEqual([expect.stringContaining('READONLY')]);
    } finally {
      await admin.replicaof('NO', 'ONE');
      admin.disconnect();
    }
    await link.whenReady();
    await link.run((client) => client.set('key', 'value'));
    await eventually(() => expect(lines.slice(1)).toEqual(['Redis is back (writer)']));
    await link.close();
  });

  it('tells waiting callers that it was closed, or that it takes too long', async () => {
    const link = new RedisLink(() => new Redis(own.url, { lazyConnect: true }), 'tester', new Logger());
    await expect(link.whenReady(10)).rejects.toBeInstanceOf(ConnectionLost);
    const waiting = link.whenReady();
    await link.close();
    await expect(waiting).rejects.toBeInstanceOf(ConnectionLost);
    await expect(link.whenReady()).rejects.toBeInstanceOf(ConnectionLost);
  });
});
