import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { ReadPacket } from '@nestjs/microservices';
import { eventually, testRedis } from '@parley/testing';
import fc from 'fast-check';
import { firstValueFrom, lastValueFrom, toArray } from 'rxjs';
import {
  ENDLESS,
  POISONOUS_WAYS,
  PoisonController,
  poisonedEntry,
  poisonedEvent,
  poisonedReply,
} from './fixtures/poison.js';
import { TestParts, type TestService } from './fixtures/test-service.js';
import { RedisRequest, RedisTransportClient, RedisTransportServer } from './index.js';

jest.setTimeout(60_000);

/** The same entries at each run: `fast-check` draws them from this seed. */
const SEED = 20_260_701;
const RUNS = 400;

const shared = testRedis();
const INTERNAL = { status: 'error', message: 'Internal server error' };

describe('what one request or entry does', () => {
  const place = { prefix: shared.prefix, connect: () => shared.connect() };
  const parts = new TestParts(place);
  const redis = parts.redis();
  let service: TestService;
  let client: RedisTransportClient;
  const key = (name: string) => `${shared.prefix}:{poison}:${name}`;
  const requests = key('requests');

  beforeAll(async () => {
    // Entries that a replica had in hand when it died: they are taken over.
    await redis.xgroup('CREATE', requests, 'poison', '0', 'MKSTREAM');
    for (const fields of fc.sample(poisonedEntry, { seed: SEED, numRuns: RUNS }))
      await redis.xadd(requests, '*', ...fields);
    await redis.xreadgroup('GROUP', 'poison', 'dead', 'STREAMS', requests, '>');
    service = await parts.serve(PoisonController, { service: 'poison', takeOverAfterMs: 150 });
    client = parts.client({ service: 'poison' });
    await client.connect();
  });

  // An exception that nobody caught, which would end a process, fails this file: Jest sees to that.
  afterEach(async () => {
    expect(await firstValueFrom(client.send('echo', 'well'))).toBe('well');
  });

  afterAll(() => parts.close());

  const isDrained = async () => {
    expect(await redis.xlen(requests)).toBe(0);
    expect(service.server.metrics()).toMatchObject({ inFlight: 0, queued: 0 });
  };

  it('entries of every kind are taken over, and leave the stream', async () => {
    await eventually(isDrained, { timeoutMs: 30_000 });
    expect(Number(await redis.get(key('depth')))).toBe(0);
  });

  it('entries of every kind are read, and leave the stream', async () => {
    for (const fields of fc.sample(poisonedEntry, { seed: SEED + 1, numRuns: RUNS })) {
      void redis.xadd(requests, '*', ...fields);
    }
    const replies = Array.from({ length: 50 }, (_, n) => firstValueFrom(client.send('echo', n)));
    expect(await Promise.all(replies)).toEqual(Array.from({ length: 50 }, (_, n) => n));
    await eventually(isDrained, { timeoutMs: 30_000 });
  });

  it('events of every kind are read', async () => {
    for (const fields of fc.sample(poisonedEvent, { seed: SEED, numRuns: RUNS })) {
      void redis.xadd(`${shared.prefix}:{events}:stream`, '*', ...fields);
    }
    await lastValueFrom(client.emit('poisoned', 'none'), { defaultValue: undefined });
  });

  it('replies of every kind are read', async () => {
    const other = parts.client({ service: 'poison', deadlineMs: 3_000 });
    await other.connect();
    // The requests 1 and 2, which replies of the poisoner may name.
    const named = [1, 2].map(() =>
      firstValueFrom(other.send('poison', 'no end')).catch((error: unknown) => error),
    );
    const [mine, ...rest] = (await redis.pubsub('CHANNELS', key('reply:*'))) as string[];
    for (const body of fc.sample(poisonedReply, { seed: SEED, numRuns: RUNS })) {
      for (const channel of [mine!, ...rest]) void redis.publish(channel, body);
    }
    const replies = Array.from({ length: 50 }, (_, n) => firstValueFrom(other.send('echo', n)));
    expect(await Promise.all(replies)).toEqual(Array.from({ length: 50 }, (_, n) => n));
    await Promise.all(named);
  });

  it.each(POISONOUS_WAYS)(
    'a keyed request whose reply is %s ends, and so does one without a key',
    async (way) => {
      const deadlineMs = ENDLESS.includes(way) ? 300 : 5_000;
      const idempotencyKey = way.replace(/\W/g, '-');
      const outcomes = [{ deadlineMs }, { deadlineMs, idempotencyKey }].map((options) =>
        lastValueFrom(client.send('poison', new RedisRequest(way, options)).pipe(toArray())).catch(
          (error: unknown) => error,
        ),
      );
      const well = firstValueFrom(client.send('echo', 1));
      const [plain, keyed] = await Promise.all(outcomes);
      expect(await well).toBe(1);
      if (ENDLESS.includes(way)) {
        expect([plain, keyed]).toMatchObject([{ code: 'DEADLINE_EXCEEDED' }, { code: 'DEADLINE_EXCEEDED' }]);
        await eventually(isDrained);
      } else if (way !== 'a function') expect([plain, keyed]).toEqual([INTERNAL, INTERNAL]);
    },
  );

  it('a keyed handler that had its effect is not run again because its reply cannot be kept', async () => {
    const request = new RedisRequest('bigint', { idempotencyKey: 'kept' });
    await expect(firstValueFrom(client.send('poison', request))).rejects.toEqual(INTERNAL);
    expect(await redis.get(key('done:kept'))).toBe('V');
    await expect(firstValueFrom(client.send('poison', request))).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      retryable: false,
    });
  });

  it('a stored reply that cannot be read ends the request that asks for it', async () => {
    await redis.set(key('done:broken'), 'V[broken');
    const [broken, whole] = await Promise.allSettled(
      ['broken', 'whole'].map((idempotencyKey) =>
        firstValueFrom(client.send('echo', new RedisRequest(1, { idempotencyKey }))),
      ),
    );
    expect(broken).toMatchObject({ status: 'rejected', reason: { code: 'UNAVAILABLE', retryable: false } });
    expect(whole).toMatchObject({ value: 1 });
  });

  it('a request with a malformed key, or none at all, fails alone in its batch', async () => {
    const heard: string[] = [];
    const listener = shared.connect();
    await listener.subscribe(key('reply:poisoner.3'));
    listener.on('message', (_, text: string) => heard.push(text));
    const p = [null, { pattern: 'echo', data: 1, id: 'b' }, { pattern: 'echo', data: 1, id: 'c' }, 5];
    const b = JSON.stringify({ c: 'poisoner.3', t: 5_000, k: [[2, { not: 'text' }]], p });
    await redis.xadd(requests, '*', 'n', '4', 'b', b);
    await eventually(() => heard.length > 0);
    listener.disconnect();
    expect(JSON.parse(heard[0]!)).toEqual({
      r: expect.arrayContaining([
        { id: 'b', response: 1, isDisposed: true },
        { id: 'c', err: INTERNAL, isDisposed: true },
      ]),
    });
    await eventually(isDrained);
  });

  it('a hook that is asynchronous and rejects, before or after the handler, fails its request', async () => {
    const { server } = service;
    try {
      server.setOnProcessingStartHook(async () => {
        throw new Error('before');
      });
      await expect(firstValueFrom(client.send('echo', 1))).rejects.toEqual(INTERNAL);
      server.setOnProcessingStartHook(async (_, _context, done) => {
        await done();
        throw new Error('after');
      });
      expect(await firstValueFrom(client.send('echo', 1))).toBe(1);
    } finally {
      server.setOnProcessingStartHook((_, _context, done) => void done());
    }
  });

  it.each([
    ['gives nothing', () => undefined],
    ['gives a promise', async (packet: unknown) => packet],
    [
      'throws',
      () => {
        throw new Error('cannot');
      },
    ],
  ])('a payload for which the serializer of a client %s fails alone', async (_, fails) => {
    const serialize = (packet: ReadPacket) => (packet.data === 'bad' ? fails(packet) : packet);
    const own = new RedisTransportClient({
      ...place,
      service: 'poison',
      clientName: 'tester',
      serializer: { serialize },
    });
    try {
      const [bad, good, event] = await Promise.allSettled([
        firstValueFrom(own.send('echo', 'bad')),
        firstValueFrom(own.send('echo', 'good')),
        lastValueFrom(own.emit('poisoned', 'bad')),
      ]);
      expect([bad.status, good, event.status]).toEqual([
        'rejected',
        { status: 'fulfilled', value: 'good' },
        'rejected',
      ]);
    } finally {
      await own.close();
    }
  });

  it.each([
    ['gives nothing', () => undefined],
    ['gives a promise', async () => ({})],
    [
      'throws',
      () => {
        throw new Error('cannot');
      },
    ],
  ])('a reply for which the serializer of a server %s fails alone', async (title, fails) => {
    const serialize = (packet: { response?: unknown }) => (packet.response === 'bad' ? fails() : packet);
    const name = `poison-${title.replace(/\W/g, '-')}`;
    const server = new RedisTransportServer({ ...place, service: name, serializer: { serialize } });
    await parts.listen(PoisonController, server);
    const own = parts.client({ service: name });
    const asked = ['bad', 'good', 'good'].map((value) => firstValueFrom(own.send('echo', value)));
    expect(await Promise.allSettled(asked)).toEqual([
      { status: 'rejected', reason: INTERNAL },
      { status: 'fulfilled', value: 'good' },
      { status: 'fulfilled', value: 'good' },
    ]);
  });

  it('an idempotency key that is not a string is refused before it reaches a batch', async () => {
    const request = new RedisRequest(1, { idempotencyKey: 1n as never });
    const [bad, good] = await Promise.allSettled([
      firstValueFrom(client.send('echo', request)),
      firstValueFrom(client.send('echo', 2)),
    ]);
    expect([bad.status, good]).toEqual(['rejected', { status: 'fulfilled', value: 2 }]);
  });
});
