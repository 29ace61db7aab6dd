import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { eventually, type OwnRedis, startRedis } from '@parley/testing';
import fc from 'fast-check';
import { Redis } from 'ioredis';
import { firstValueFrom } from 'rxjs';
import { poisonedEntry, poisonedEvent, poisonedReply } from './fixtures/poison.js';
import type { ReplicaOrder } from './fixtures/replica-order.js';
import { type Replica, Replicas } from './fixtures/replicas.js';
import { RedisTransportClient } from './index.js';

jest.setTimeout(900_000);

/** Of entries and of replies each. */
const RUNS = Number(process.env['POISON_RUNS'] ?? 100_000);
const AT_ONCE = 500;
/** Entries that wait to be read, above which no more are written: a request must wait for all that came before it. */
const MOST_WAITING = 500;
const SEED = Number(process.env['POISON_SEED'] ?? Date.now() % 2 ** 31);

describe(`${RUNS} poisoned entries and as many replies (POISON_SEED=${SEED})`, () => {
  const replicas = new Replicas();
  let own: OwnRedis;
  let redis: Redis;
  let order: ReplicaOrder;
  let replica: Replica;
  let hasEnded = false;

  beforeAll(async () => {
    own = await startRedis();
    redis = new Redis(own.url);
    order = {
      kind: 'streams',
      port: own.port,
      prefix: 'p',
      service: 'poison',
      limits: { takeOverAfterMs: 1_000 },
      isQuiet: true,
    };
    await redis.xgroup('CREATE', 'p:{poison}:requests', 'poison', '0', 'MKSTREAM');
  });

  afterAll(async () => {
    await replicas.endAll();
    redis.disconnect();
    await own.remove();
  });

  const startReplica = async () => {
    replica = await replicas.start(order);
    void replica.ended.then(() => {
      hasEnded = true;
    });
  };

  /** Draws in portions, each from its own seed: so many at once would take too much memory. */
  const spread = async <T>(
    arbitrary: fc.Arbitrary<T>,
    runs: number,
    write: (drawn: T[]) => Promise<unknown>,
  ) => {
    for (let drawn = 0; drawn < runs; drawn += AT_ONCE) {
      await write(fc.sample(arbitrary, { seed: SEED + drawn, numRuns: Math.min(AT_ONCE, runs - drawn) }));
    }
  };

  const append = (stream: string) => async (entries: string[][]) => {
    const pipeline = redis.pipeline();
    for (const fields of entries) pipeline.xadd(stream, '*', ...fields);
    await pipeline.exec();
  };

  const waiting = async () => {
    const inHand = (await redis.xpending('p:{poison}:requests', 'poison'))[0] as number;
    return (await redis.xlen('p:{poison}:requests')) - inHand;
  };

  /** However slow the machine, requests among the entries then have their turn in time, from the first entry to the last. */
  const appendInTurn = async (entries: string[][]) => {
    await eventually(async () => hasEnded || (await waiting()) <= MOST_WAITING, {
      timeoutMs: 60_000,
      everyMs: 20,
    });
    await append('p:{poison}:requests')(entries);
  };

  it('end no replica, and no request of anybody else', async () => {
    // A fifth was in hand at a replica that died.
    await spread(poisonedEntry, RUNS / 5, append('p:{poison}:requests'));
    await redis.xreadgroup('GROUP', 'poison', 'dead', 'STREAMS', 'p:{poison}:requests', '>');
    await startReplica();
    const client = new RedisTransportClient({
      service: 'poison',
      prefix: 'p',
      clientName: 'tester',
      deadlineMs: 60_000,
      connect: () => new Redis(own.url),
    });
    try {
      let isOver = false;
      let asked = 0;
      const asking = (async () => {
        for (; !isOver; asked++) expect(await firstValueFrom(client.send('echo', asked))).toBe(asked);
      })();
      await spread(poisonedEntry, (RUNS * 4) / 5, appendInTurn);
      await spread(poisonedEvent, RUNS / 10, append('p:{events}:stream'));
      await eventually(
        async () => {
          if (hasEnded) return true;
          const { length } = (await redis.xrange('p:{poison}:requests', '-', '+', 'COUNT', 10)) as unknown[];
          return length <= 1;
        },
        { timeoutMs: 600_000, everyMs: 500 },
      );
      isOver = true;
      await asking;
      expect(hasEnded).toBe(false);
      expect(asked).toBeGreaterThan(100);
      await eventually(async () => expect(await redis.xlen('p:{poison}:requests')).toBe(0));
      expect((await redis.xpending('p:{poison}:requests', 'poison'))[0]).toBe(0);
    } finally {
      await client.close();
    }
  });

  it('end no client, and none of its other requests', async () => {
    if (!replica) await startReplica();
    const program = fileURLToPath(new URL('../dist/fixtures/client-main.js', import.meta.url));
    const child: ChildProcess = fork(program, [JSON.stringify(order)], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    });
    try {
      await once(child, 'message');
      const [channel] = (await redis.pubsub('CHANNELS', 'p:{poison}:reply:poisoned.*')) as string[];
      await spread(poisonedReply, RUNS, async (bodies) => {
        const pipeline = redis.pipeline();
        for (const body of bodies) pipeline.publish(channel!, body);
        const heard = await pipeline.exec();
        expect(heard!.every(([, listeners]) => listeners === 1)).toBe(true);
      });
      child.send('stop');
      const [told] = (await once(child, 'message')) as [{ right: number; wrong: number }];
      expect(told).toEqual({ right: expect.any(Number), wrong: 0 });
      expect(told.right).toBeGreaterThan(100);
      expect([child.exitCode, hasEnded]).toEqual([null, false]);
    } finally {
      child.kill('SIGKILL');
    }
  });
});
