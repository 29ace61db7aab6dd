import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Controller, type Type } from '@nestjs/common';
import { Ctx, EventPattern, MessagePattern, Payload } from '@nestjs/microservices';
import { eventually, testRedis } from '@parley/testing';
import { lastValueFrom } from 'rxjs';
import { connectionsNamed, cutConnections } from './fixtures/own-connections.js';
import { notedKey, type WorkOrder } from './fixtures/replica-order.js';
import { Replicas } from './fixtures/replicas.js';
import { TestParts } from './fixtures/test-service.js';
import type { RedisTransportClient, RedisTransportContext } from './index.js';

jest.setTimeout(60_000);

const heard: unknown[][] = [];

@Controller()
class HearingController {
  // With the type argument, for Nest's other overload gives a second parameter no type.
  @EventPattern<string>('said')
  said(@Payload() value: unknown, @Ctx() context: RedisTransportContext): void {
    heard.push([value, context.getPattern(), context.getTry(), context.getRemainingMs()]);
  }

  @EventPattern('announced', { broadcast: true })
  announced(@Payload() value: unknown): void {
    heard.push(['announced', value]);
  }

  @EventPattern('announced', { broadcast: true })
  announcedToo(@Payload() value: unknown): void {
    heard.push(['announced too', value]);
  }

  @EventPattern('announced')
  announcedOnce(@Payload() value: unknown): void {
    heard.push(['announced once', value]);
  }

  @MessagePattern('asked')
  asked(): string {
    return 'answered';
  }
}

describe('events', () => {
  const replicas = new Replicas();
  let parts: TestParts;
  let prefix: string;

  const endings: (() => void)[] = [];
  const setUp = () => {
    const shared = testRedis();
    prefix = shared.prefix;
    heard.length = 0;
    parts = new TestParts({ prefix, connect: () => shared.connect({ connectionName: prefix }) });
    const port = Number(new URL(shared.url).port);
    const start = (service: string, limits = {}) =>
      replicas.start({ kind: 'streams', port, prefix, service, limits });
    const redis = parts.redis();
    return { start, redis, client: parts.client(), noted: () => redis.lrange(notedKey(prefix), 0, -1) };
  };

  afterEach(async () => {
    for (const end of endings.splice(0)) end();
    await parts.close();
    await replicas.endAll();
  });

  const emit = (client: RedisTransportClient, pattern: string, value: unknown) =>
    lastValueFrom(client.emit(pattern, value), { defaultValue: undefined });

  it('arrive once at each service, and broadcast ones at each replica', async () => {
    const { start, client, noted } = setUp();
    const started = await Promise.all(
      ['mail', 'mail', 'audit', 'audit'].map(async (service) => ({
        service,
        pid: (await start(service)).pid,
      })),
    );
    await Promise.all(Array.from({ length: 200 }, (_, n) => emit(client, 'happened', { n })));
    await emit(client, 'told', { n: 1_000 });
    await eventually(async () => expect(await noted()).toHaveLength(200 * 2 + 4));
    const notes = (await noted()).map((note) => note.split('/'));
    for (const service of ['mail', 'audit']) {
      const numbers = notes
        .filter(([name, , n]) => name === service && n !== '1000')
        .map(([, , n]) => Number(n));
      expect(numbers.sort((a, b) => a - b)).toEqual(Array.from({ length: 200 }, (_, n) => n));
    }
    const told = notes
      .filter(([, , n]) => n === '1000')
      .map(([service, pid]) => ({ service, pid: Number(pid) }));
    const byPid = (a: { pid: number }, b: { pid: number }) => a.pid - b.pid;
    expect(told.sort(byPid)).toEqual(started.sort(byPid));
  });

  it('emitted while no replica runs wait for the service, except those before its first start', async () => {
    const { start, client, noted } = setUp();
    await emit(client, 'happened', { n: 1 });
    const replica = await start('mail');
    await emit(client, 'happened', { n: 2 });
    await eventually(async () => expect(await noted()).toHaveLength(1));
    replica.signal('SIGTERM');
    await replica.ended;
    await emit(client, 'happened', { n: 3 });
    const second = await start('mail');
    await eventually(async () => expect(await noted()).toHaveLength(2));
    expect(await noted()).toEqual([`mail/${replica.pid}/2`, `mail/${second.pid}/3`]);
  });

  it('whose replica dies are taken over, and set aside after 3 tries', async () => {
    const { start, client, noted, redis } = setUp();
    let isOver = false;
    let isEnded = false;
    // Not after a failure, either: it would go on for ever.
    endings.push(() => {
      isOver = true;
    });
    const supervise = async (): Promise<void> => {
      while (!isOver) {
        const replica = await start('mail', { takeOverAfterMs: 300 }).catch(() => undefined);
        await replica?.ended;
      }
      isEnded = true;
    };
    void supervise();
    await eventually(async () => (await redis.exists(`${prefix}:{events}:stream`)) === 1);
    await emit(client, 'happened', { n: 1, dies: true } satisfies WorkOrder);
    await emit(client, 'happened', { n: 2 } satisfies WorkOrder);
    await eventually(async () => expect(await redis.xlen(`${prefix}:{events}:dead:mail`)).toBe(1), {
      // Four processes start, one after the other.
      timeoutMs: 45_000,
    });
    const [entry] = await redis.xrange(`${prefix}:{events}:dead:mail`, '-', '+');
    expect(entry![1]).toEqual(expect.arrayContaining(['pattern', 'happened', 'tries', '3']));
    await eventually(async () =>
      expect((await noted()).map((note) => note.split('/')[2]).sort()).toEqual(
        expect.arrayContaining(['1', '1', '1', '2']),
      ),
    );
    expect((await noted()).filter((note) => note.endsWith('/1'))).toHaveLength(3);
    await eventually(async () =>
      expect((await redis.xpending(`${prefix}:{events}:stream`, 'mail'))[0]).toBe(0),
    );
    isOver = true;
    await eventually(async () => {
      await replicas.endAll();
      return isEnded;
    });
  });

  it('go to all handlers of a pattern, broadcast ones separately, and say what they are', async () => {
    const { client, redis } = setUp();
    const { server } = await parts.serve(HearingController);
    expect(server.isReady()).toBe(true);
    await emit(client, 'said', { n: 1 });
    await emit(client, 'nobody listens', 1);
    await emit(client, 'announced', 2);
    await eventually(() => heard.length === 4);
    expect(heard).toEqual(
      expect.arrayContaining([
        [{ n: 1 }, 'said', 1, Number.POSITIVE_INFINITY],
        ['announced once', 2],
        ['announced', 2],
        ['announced too', 2],
      ]),
    );
    await eventually(async () =>
      expect((await redis.xpending(`${prefix}:{events}:stream`, 'test'))[0]).toBe(0),
    );
  });

  it('stay within the bound of their stream', async () => {
    const { client: _, redis } = setUp();
    const client = parts.client({ maxEvents: 100 });
    await Promise.all(Array.from({ length: 1_000 }, (_each, n) => emit(client, 'happened', { n })));
    // Redis trims whole nodes of 100 entries.
    expect(await redis.xlen(`${prefix}:{events}:stream`)).toBeLessThan(300);
  });

  it('missed by broadcast handlers during a broken connection arrive afterwards, in order', async () => {
    const { client, redis } = setUp();
    const { server } = await parts.serve(HearingController);
    await emit(client, 'announced', 0);
    await eventually(() => heard.length === 3);
    for (let n = 1; n <= 5; n++) {
      await cutConnections(redis, prefix, 'normal');
      await emit(client, 'announced', n);
    }
    await eventually(() => heard.filter(([kind]) => kind === 'announced').length === 6);
    expect(heard.filter(([kind]) => kind === 'announced')).toEqual(
      [0, 1, 2, 3, 4, 5].map((n) => ['announced', n]),
    );
    await eventually(() => heard.length === 18);
    expect(server.metrics().lostEvents).toBe(0);
  });

  it('trimmed away before a replica could read them are counted', async () => {
    const { client, redis } = setUp();
    const { controller, open } = waiting('announced', { broadcast: true });
    const { server } = await parts.serve(controller, { maxInFlight: 1 });
    for (let n = 0; n < 10; n++) await emit(client, 'announced', n);
    await eventually(() => server.metrics().inFlight === 1);
    await redis.xtrim(`${prefix}:{events}:stream`, 'MAXLEN', 4);
    await cutConnections(redis, prefix, 'normal');
    open();
    await eventually(() => server.metrics().handled === 5);
    expect(server.metrics().lostEvents).toBe(5);
  });

  it('trimmed away before a service could handle them are counted, once for all its replicas', async () => {
    const { client, redis } = setUp();
    const { controller, open } = waiting('happened');
    const servers = [
      (await parts.serve(controller, { maxInFlight: 1 })).server,
      (await parts.serve(controller, { maxInFlight: 1 })).server,
    ];
    const sum = (name: 'inFlight' | 'handled' | 'lostEvents') =>
      servers.reduce((total, server) => total + server.metrics()[name], 0);
    for (let n = 0; n < 12; n++) await emit(client, 'happened', n);
    await eventually(() => sum('inFlight') === 2);
    await redis.xtrim(`${prefix}:{events}:stream`, 'MAXLEN', 4);
    open();
    await eventually(() => sum('handled') === 2 + 4);
    await emit(client, 'happened', 12);
    await eventually(() => sum('handled') === 2 + 4 + 1);
    expect(sum('lostEvents')).toBe(12 - 2 - 4);
  });

  it('are not delivered to broadcast handlers again when Redis has lost the newest one', async () => {
    const { client, redis } = setUp();
    await parts.serve(HearingController);
    const stream = `${prefix}:{events}:stream`;
    const told = () => heard.filter(([kind]) => kind === 'announced').map(([, value]) => value);
    for (let n = 1; n <= 3; n++) await emit(client, 'announced', n);
    await eventually(() => told().length === 3);
    const before = (await redis.dumpBuffer(stream))!;
    await emit(client, 'announced', 4);
    await eventually(() => told().length === 4);
    await redis.restore(stream, 0, before, 'REPLACE');
    await cutConnections(redis, prefix, 'normal');
    // It has come back, and waits for more.
    await eventually(async () =>
      (await connectionsNamed(redis, prefix)).some((line) => /flags=b\b.* cmd=xread /.test(line)),
    );
    await emit(client, 'announced', 5);
    await eventually(() => told().includes(5));
    expect(told()).toEqual([1, 2, 3, 4, 5]);
  });

  it('are read on after Redis has lost the stream and begun it again with smaller ids', async () => {
    const { client, redis } = setUp();
    await parts.serve(HearingController);
    const stream = `${prefix}:{events}:stream`;
    const ahead = `${Date.now() + 3_600_000}-0`;
    const packet = JSON.stringify({ pattern: 'announced', data: 'ahead' });
    await redis.xadd(stream, ahead, 'p', 'announced', 'e', packet);
    await eventually(() => heard.length === 3);
    await redis.del(stream);
    // Broadcast readers notice it within their check, at the latest.
    await eventually(async () => {
      await emit(client, 'announced', 'again');
      return new Set(heard.filter(([, value]) => value === 'again').map(([kind]) => kind)).size === 3;
    });
  });
});

/** A controller of one event whose handlers wait until they are told. */
function waiting(pattern: string, extras?: { broadcast: boolean }): { controller: Type; open: () => void } {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  @Controller()
  class WaitingController {
    @EventPattern(pattern, { ...extras })
    async handle(@Payload() _value: unknown): Promise<void> {
      await opened;
    }
  }
  return { controller: WaitingController, open };
}
