import { afterAll, describe, expect, it, jest } from '@jest/globals';
import { Controller } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { eventually, testRedis } from '@parley/testing';
import { firstValueFrom } from 'rxjs';
import { TestParts } from './fixtures/test-service.js';
import { RedisRequest, type RedisTransportClient, type RedisTransportServerOptions } from './index.js';

jest.setTimeout(60_000);

/** What a request takes: many in a row are a queue. */
const WORK_MS = 10;

const begun: string[] = [];

@Controller()
class SlowController {
  @MessagePattern('slow')
  async slow(@Payload() name: string): Promise<string> {
    begun.push(name);
    await new Promise((resolve) => setTimeout(resolve, WORK_MS));
    return name;
  }

  @MessagePattern('queued by the service')
  queued(@Payload() name: string): string {
    begun.push(name);
    return name;
  }
}

const shared = testRedis();

describe('a queue that is too old', () => {
  const parts = new TestParts({ prefix: shared.prefix, connect: () => shared.connect() });
  const redis = parts.redis();
  afterAll(() => parts.close());

  /** Each request in an entry of its own, with its name as its key. Returns the outcome of each by name. */
  async function send(
    client: RedisTransportClient,
    names: string[],
    { pattern = 'slow', isRepeat = false } = {},
  ) {
    const outcomes: Promise<[string, unknown]>[] = [];
    for (const name of names) {
      const request = new RedisRequest(name, { idempotencyKey: name, isRepeat });
      const outcome = firstValueFrom(client.send(pattern, request)).catch((error: unknown) => error);
      outcomes.push(outcome.then((value) => [name, value]));
      await new Promise(setImmediate);
    }
    return async () => new Map(await Promise.all(outcomes));
  }
  const names = (prefix: string, count: number) => Array.from({ length: count }, (_, n) => `${prefix}${n}`);
  const slow = (service: string, queueAgeMs: number, options: Partial<RedisTransportServerOptions> = {}) =>
    parts.serve(SlowController, { service, queueAgeMs, maxInFlight: 1, ...options });

  it('refuses what was sent once, leaves no trace of it, and takes its repeat as a first one', async () => {
    const client = parts.client({ service: 'old', deadlineMs: 60_000 });
    const first = await send(client, names('first', 300));
    const repeats = await send(client, names('repeat', 3), { isRepeat: true });
    const last = await send(client, names('last', 100));
    const { server } = await slow('old', 1);
    const all = new Map([...(await first()), ...(await last())]);
    const refused = [...all].filter(([name, value]) => value !== name);
    expect(refused.length).toBeGreaterThan(0);
    for (const [name, error] of refused) {
      expect(error).toMatchObject({ code: 'OVERLOADED', retryable: true, retryAfterMs: expect.any(Number) });
      expect(begun).not.toContain(name);
    }
    // A copy of these may have been handled: they are.
    for (const [name, value] of await repeats()) expect(value).toBe(name);
    expect(server.metrics()).toMatchObject({
      refused: refused.length,
      handled: all.size - refused.length + 3,
    });
    expect(await redis.exists(...refused.map(([name]) => `${shared.prefix}:{old}:done:${name}`))).toBe(0);
    await eventually(async () => expect(Number(await redis.get(`${shared.prefix}:{old}:depth`))).toBe(0));
    const [again] = refused[0]!;
    const repeat = new RedisRequest(again, { idempotencyKey: again });
    await eventually(async () => expect(await firstValueFrom(client.send('slow', repeat))).toBe(again));
    expect(begun.filter((name) => name === again)).toHaveLength(1);
  });

  it('is as old as the requests that begin, though they were read young', async () => {
    const client = parts.client({ service: 'read', deadlineMs: 60_000, batchMax: 300 });
    await slow('read', 1);
    // Sent in one turn, they are one entry, which is read at once.
    const outcomes = names('read', 300).map((name) =>
      firstValueFrom(client.send('slow', new RedisRequest(name))),
    );
    const settled = await Promise.allSettled(outcomes);
    expect(settled[0]).toMatchObject({ status: 'fulfilled' });
    expect(settled.at(-1)).toMatchObject({ status: 'rejected', reason: { code: 'OVERLOADED' } });
    expect(await redis.xlen(`${shared.prefix}:{read}:requests`)).toBe(0);
  });

  it('refuses nothing that the service queues itself, and what stands before and behind that', async () => {
    const client = parts.client({ service: 'fair', deadlineMs: 60_000 });
    const before = await send(client, names('before', 300));
    const queued = await send(client, names('queued', 3), { pattern: 'queued by the service' });
    const behind = await send(client, names('behind', 3));
    const { server } = await slow('fair', 1, {
      hasOwnQueue: (pattern) => pattern === 'queued by the service',
    });
    for (const [name, value] of await queued()) expect(value).toBe(name);
    const refused = expect.objectContaining({ code: 'OVERLOADED' });
    expect((await before()).get('before299')).toEqual(refused);
    expect([...(await behind()).values()]).toEqual([refused, refused, refused]);
    expect(begun).toEqual(expect.arrayContaining(names('queued', 3)));
    const { handled, refused: refusals } = server.metrics();
    expect(handled + refusals).toBe(306);
  });

  it('is worked off when it is a burst', async () => {
    const client = parts.client({ service: 'burst', deadlineMs: 60_000 });
    const burst = await send(client, names('burst', 4));
    const { server } = await slow('burst', 1);
    for (const [name, value] of await burst()) expect(value).toBe(name);
    expect(server.metrics()).toMatchObject({ refused: 0, handled: 4 });
  });

  it('is worked off when the age has no bound', async () => {
    const client = parts.client({ service: 'patient', deadlineMs: 60_000 });
    const all = await send(client, names('patient', 300));
    const { server } = await slow('patient', 0);
    for (const [name, value] of await all()) expect(value).toBe(name);
    expect(server.metrics()).toMatchObject({ refused: 0, handled: 300 });
  });

  it('is not refused to a client that does not say that it sent a request once', async () => {
    const client = parts.client({ service: 'earlier', deadlineMs: 60_000 });
    const all = await send(client, names('new', 300));
    const body = (id: string) =>
      JSON.stringify({
        c: 'earlier.1',
        t: 60_000,
        p: [{ pattern: 'slow', data: 'of the release before', id }],
      });
    await redis.xadd(
      `${shared.prefix}:{earlier}:requests`,
      '*',
      'v',
      '1',
      'n',
      '1',
      'b',
      body('00000000001'),
    );
    const { server } = await slow('earlier', 1);
    await all();
    await eventually(() => expect(begun).toContain('of the release before'));
    expect(server.metrics().refused).toBeGreaterThan(0);
  });
});
