import { setImmediate, setTimeout } from 'node:timers/promises';
import { afterAll, afterEach, describe, expect, it, jest } from '@jest/globals';
import { Controller } from '@nestjs/common';
import { Ctx, MessagePattern, Payload } from '@nestjs/microservices';
import { eventually, testRedis } from '@parley/testing';
import { firstValueFrom } from 'rxjs';
import { handledKey, type WorkDone, type WorkOrder } from './fixtures/replica-order.js';
import { Replicas } from './fixtures/replicas.js';
import { TestParts } from './fixtures/test-service.js';
import { RedisRequest, RedisTransportContext, type RedisTransportServerLimits } from './index.js';

jest.setTimeout(60_000);

const shared = testRedis();
const port = Number(new URL(shared.url).port);
/** A dead replica is noticed sooner than by default, so that the tests are short. */
const QUICK: RedisTransportServerLimits = { takeOverAfterMs: 300 };
/** For tests in which nobody dies: on a busy machine a living replica may well be silent for as long as that. */
const CALM: RedisTransportServerLimits = { takeOverAfterMs: 1_000 };

describe('when replicas die', () => {
  const replicas = new Replicas();
  const parts = new TestParts({ prefix: shared.prefix, connect: () => shared.connect() });
  const redis = parts.redis();

  afterEach(() => replicas.endAll());
  afterAll(() => parts.close());

  let lastService = 0;
  const setUp = () => {
    const service = `crash${++lastService}`;
    return {
      client: parts.client({ service, deadlineMs: 30_000 }),
      start: (limits: RedisTransportServerLimits = QUICK, clockOffMs?: number) =>
        replicas.start({ kind: 'streams', port, prefix: shared.prefix, service, limits, clockOffMs }),
      key: (name: string) => `${shared.prefix}:{${service}}:${name}`,
      service,
    };
  };

  const timesHandled = async (n: number) => Number(await redis.hget(handledKey(shared.prefix), String(n)));
  const begun = (n: number, times = 1) => eventually(async () => (await timesHandled(n)) >= times);

  it('a request in progress is answered by another replica', async () => {
    const { client, start } = setUp();
    const first = await start();
    const reply = firstValueFrom(client.send<WorkDone>('work', { n: 1, hangs: true } satisfies WorkOrder));
    await begun(1);
    const second = await start();
    first.signal('SIGKILL');
    expect(await reply).toMatchObject({ n: 1, pid: second.pid, tries: 2 });
    expect(await timesHandled(1)).toBe(2);
  });

  it('earlier answers are not repeated by the replica that takes over', async () => {
    const { client, start, key } = setUp();
    const first = await start();
    // One turn of the client, so one entry: the quick ones are finished when the replica dies, the slow one is not.
    const quick = [11, 12, 13].map((n) => firstValueFrom(client.send<WorkDone>('work', { n })));
    const slow = firstValueFrom(client.send<WorkDone>('work', { n: 14, hangs: true } satisfies WorkOrder));
    await Promise.all(quick);
    expect(await redis.xlen(key('requests'))).toBe(1);
    await start();
    first.signal('SIGKILL');
    expect(await slow).toMatchObject({ n: 14, tries: 2 });
    expect(await Promise.all([11, 12, 13, 14].map(timesHandled))).toEqual([1, 1, 1, 2]);
    await eventually(async () => expect(await redis.hlen(key('partial'))).toBe(0));
    expect(await redis.get(key('depth'))).toBe('0');
  });

  it('a request that kills every replica is set aside after 3 tries, without the rest of its batch', async () => {
    const { client, start, key } = setUp();
    // Replicas are started again as they die, as a supervisor would; some die before they say that they are ready.
    let isOver = false;
    const supervise = async (): Promise<void> => {
      while (!isOver) {
        const replica = await start().catch(() => undefined);
        await replica?.ended;
      }
    };
    let areEnded = false;
    void Promise.all([supervise(), supervise()]).then(() => {
      areEnded = true;
    });
    const mates = [21, 22, 24, 25].map((n) =>
      firstValueFrom(client.send<WorkDone>('work', { n, takesMs: 50 } satisfies WorkOrder)),
    );
    const poison = firstValueFrom(client.send('work', { n: 23, dies: true } satisfies WorkOrder));
    expect((await Promise.all(mates)).map(({ n }) => n)).toEqual([21, 22, 24, 25]);
    await expect(poison).rejects.toMatchObject({
      name: 'RedisTransportError',
      code: 'SET_ASIDE',
      retryable: false,
    });
    expect(await timesHandled(23)).toBe(3);
    const [entry] = await redis.xrange(key('dead'), '-', '+');
    const fields = Object.fromEntries(chunk(entry![1]));
    expect(fields).toMatchObject({ pattern: 'work', tries: '3', reason: 'every replica that ran it died' });
    expect(JSON.parse(fields['payload']!)).toMatchObject({ pattern: 'work', data: { n: 23, dies: true } });
    expect(await redis.get(key('depth'))).toBe('0');
    expect(await redis.xlen(key('requests'))).toBe(0);
    isOver = true;
    await eventually(async () => {
      await replicas.endAll();
      return areEnded;
    });
  });

  it('a request whose deadline passed while nobody served it is not handled', async () => {
    const { client, service, start, key } = setUp();
    const late = firstValueFrom(client.send('work', { n: 31 }));
    await eventually(async () => (await redis.xlen(key('requests'))) === 1);
    const hurried = parts.client({ service, deadlineMs: 100 });
    await hurried.connect();
    await expect(firstValueFrom(hurried.send('work', { n: 32 }))).rejects.toMatchObject({
      code: 'DEADLINE_EXCEEDED',
    });
    await start();
    expect(await late).toMatchObject({ n: 31 });
    await eventually(async () => (await redis.xlen(key('requests'))) === 0);
    expect(await timesHandled(32)).toBe(0);
  });

  it('a request whose deadline passed before it was taken over goes to the handler of lapsed requests', async () => {
    const { service, start, key } = setUp();
    const completed: unknown[] = [];
    @Controller()
    class Completer {
      @MessagePattern('work')
      work(): void {
        completed.push('as if it were in time');
      }

      @MessagePattern('work', { lapsed: true })
      async complete(@Payload() { n }: WorkOrder, @Ctx() context: RedisTransportContext): Promise<void> {
        await setImmediate();
        completed.push({ n, tries: context.getTry(), isLate: context.getRemainingMs() < 0 });
        if (n === 35) throw new Error('does no harm');
      }
    }
    const first = await start();
    const hurried = parts.client({ service, deadlineMs: 400 });
    await hurried.connect();
    const orders = [34, 35].map((n) => firstValueFrom(hurried.send('work', { n, hangs: true })));
    await Promise.all([begun(34), begun(35)]);
    first.signal('SIGKILL');
    const ends = await Promise.allSettled(orders);
    expect(ends.map((end) => end.status === 'rejected' && end.reason)).toMatchObject(
      orders.map(() => ({ code: 'DEADLINE_EXCEEDED' })),
    );
    await parts.serve(Completer, { service, ...QUICK });
    await eventually(async () => (await redis.get(key('depth'))) === '0');
    expect(completed).toEqual([34, 35].map((n) => ({ n, tries: 2, isLate: true })));
    expect(await redis.xlen(key('requests'))).toBe(0);
  });

  it.each([300_000, -300_000])('a host whose clock is %i ms off does no harm', async (clockOffMs) => {
    const { client, start } = setUp();
    const replica = await start(CALM, clockOffMs);
    const sentAt = Date.now();
    const done = await firstValueFrom(
      client.send<WorkDone>('work', { n: 40 + Math.sign(clockOffMs), takesMs: 1_500 } satisfies WorkOrder),
    );
    expect(Math.abs(done.wallClock - sentAt)).toBeGreaterThan(290_000);
    expect(done).toMatchObject({ pid: replica.pid, tries: 1 });
  });

  it('a request that takes long is not taken over', async () => {
    const { client, start } = setUp();
    await Promise.all([start(CALM), start(CALM)]);
    const done = await firstValueFrom(
      client.send<WorkDone>('work', { n: 51, takesMs: 3_000 } satisfies WorkOrder),
    );
    expect(done.tries).toBe(1);
    expect(await timesHandled(51)).toBe(1);
  });

  it('a replica that was paused and comes back late does no harm to what others did meanwhile', async () => {
    const { client, start, key } = setUp();
    const first = await start();
    const keyed = new RedisRequest({ n: 62, hangs: true } satisfies WorkOrder, { idempotencyKey: 'k' });
    const reply = firstValueFrom(client.send<WorkDone>('work', { n: 61, hangs: true } satisfies WorkOrder));
    await begun(61);
    // In an entry of its own: a batch would be split, and the read of the stopped replica would get the parts.
    const kept = firstValueFrom(client.send<WorkDone>('work', keyed));
    await begun(62);
    first.signal('SIGSTOP');
    // This one reaches the read that the first waits in, and so its socket.
    const unread = firstValueFrom(client.send<WorkDone>('work', { n: 63 } satisfies WorkOrder));
    await eventually(async () => (await redis.xlen(key('requests'))) === 3);
    const second = await start();
    expect(await reply).toMatchObject({ pid: second.pid, tries: 2 });
    expect(await kept).toMatchObject({ pid: second.pid, tries: 2 });
    expect(await unread).toMatchObject({ pid: second.pid });
    first.signal('SIGCONT');
    const others = await Promise.all(
      Array.from({ length: 50 }, (_, n) => firstValueFrom(client.send<WorkDone>('work', { n: 1_000 + n }))),
    );
    expect(others).toHaveLength(50);
    await eventually(async () => (await redis.get(key('depth'))) === '0');
    expect(await redis.xlen(key('requests'))).toBe(0);
    // The first still runs the handler of the key, and renews what it has in hand three times within `takeOverAfterMs`.
    await setTimeout(2 * QUICK.takeOverAfterMs!);
    expect(await redis.pttl(key('done:k'))).toBeGreaterThan(60_000);
    expect(await redis.get(key('done:k'))).toContain(`"pid":${second.pid}`);
    // The first has read it by now.
    expect(await timesHandled(63)).toBe(1);
    // Whichever replica gets it: the first does not let it wait for its own run.
    for (const _ of [1, 2, 3, 4, 5, 6]) {
      expect(await firstValueFrom(client.send<WorkDone>('work', keyed))).toMatchObject({ pid: second.pid });
    }
  });
});

function chunk(fields: string[]): [string, string][] {
  return fields.flatMap((name, at) => (at % 2 === 0 ? [[name, fields[at + 1]!] as [string, string]] : []));
}
