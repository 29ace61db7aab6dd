import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Controller } from '@nestjs/common';
import { Ctx, EventPattern, MessagePattern, Payload } from '@nestjs/microservices';
import { eventually, type TestRedis, testRedis } from '@parley/testing';
import { lastValueFrom } from 'rxjs';
import { runCommand } from './cli/command.js';
import { TestParts } from './fixtures/test-service.js';
import { type RedisTransportContext, SetAsideItems } from './index.js';
import { enqueueRequests } from './redis/enqueue-requests.js';
import { TransportKeys } from './redis/keys.js';

jest.setTimeout(30_000);

/** The built program. */
const PROGRAM = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
const LIMITS = { eventTries: 3, eventBackOffMs: 20, takeOverAfterMs: 200 };

let runs: [pattern: string, tries: number, at: number][] = [];
let isWell = false;

@Controller()
class FailingController {
  @EventPattern<string>('fails')
  fails(@Payload() _: unknown, @Ctx() context: RedisTransportContext): void {
    this.run(context);
  }

  @EventPattern<string>('fails everywhere', { broadcast: true })
  failsEverywhere(@Payload() _: unknown, @Ctx() context: RedisTransportContext): void {
    this.run(context);
  }

  @MessagePattern('asked')
  asked(@Payload() value: unknown, @Ctx() context: RedisTransportContext): unknown {
    runs.push([context.getPattern(), context.getTry(), performance.now()]);
    return value;
  }

  private run(context: RedisTransportContext): void {
    runs.push([context.getPattern(), context.getTry(), performance.now()]);
    if (!isWell) throw new Error('not now');
  }
}

@Controller()
class OtherController {
  @EventPattern('fails')
  fails(@Payload() _: unknown): void {
    runs.push(['other service', 1, 0]);
  }
}

describe('what is set aside', () => {
  let shared: TestRedis;
  let parts: TestParts;

  const setUp = () => {
    runs = [];
    isWell = false;
    shared = testRedis();
    parts = new TestParts({ prefix: shared.prefix, connect: () => shared.connect() });
    return { redis: parts.redis(), client: parts.client(), keys: new TransportKeys(shared.prefix, 'test') };
  };
  afterEach(() => parts.close());

  const argumentsOf = (args: string[]) => [
    'set-aside',
    ...args,
    ...['--service', 'test', '--prefix', shared.prefix, '--url', shared.url],
  ];
  /** Runs the command in this process, which takes less time. */
  const run = async (...args: string[]) => {
    const [out, err]: string[][] = [[], []];
    const code = await runCommand(argumentsOf(args), {
      out: (line) => void out!.push(line),
      err: (line) => void err!.push(line),
    });
    return { code, out: out!, err: err!.join('\n') };
  };
  const command = async (...args: string[]): Promise<Record<string, unknown>[]> => {
    const { code, out, err } = await run(...args);
    expect([code, err]).toEqual([0, '']);
    return out.map((line) => JSON.parse(line));
  };

  it('is an event whose handler fails, after tries with a growing back-off, and it is replayed to its service alone', async () => {
    const { client, redis, keys } = setUp();
    const { server } = await parts.serve(FailingController, { ...LIMITS, eventBackOffMs: 60 });
    await parts.serve(OtherController, { service: 'other' });
    const value = { text: 'é'.repeat(40_000) };
    await lastValueFrom(client.emit('fails', value), { defaultValue: undefined });
    await eventually(async () => expect(await redis.xlen(keys.eventsDead())).toBe(1));
    const own = () => runs.filter(([pattern]) => pattern === 'fails');
    expect(own().map(([, tries]) => tries)).toEqual([1, 2, 3]);
    const [first, second, third] = own().map(([, , at]) => at) as [number, number, number];
    // A back-off is at least three quarters of its time.
    expect(second - first).toBeGreaterThanOrEqual(44);
    expect(third - second).toBeGreaterThanOrEqual(89);
    expect(server.metrics()).toMatchObject({ failed: 3, retried: 2, setAside: 1, handled: 0 });
    expect((await redis.xpending(keys.events(), 'test'))[0]).toBe(0);

    const [listed, ...more] = await command('list');
    expect(more).toEqual([]);
    expect(listed).toMatchObject({ pattern: 'fails', tries: 3, reason: 'its handler fails', isCut: false });
    expect(listed).not.toHaveProperty('payload');
    const [read] = await command('read', String(listed!['id']));
    expect(JSON.parse(String(read!['payload']))).toEqual({ pattern: 'fails', data: value });

    isWell = true;
    expect(await command('replay', String(listed!['id']))).toEqual([{ replayed: listed!['id'] }]);
    await eventually(() => server.metrics().handled === 1);
    expect(await command('list')).toEqual([]);
    expect(await run('replay', String(listed!['id']))).toMatchObject({ code: 1, out: [] });
    expect(runs.filter(([pattern]) => pattern === 'other service')).toHaveLength(1);
  });

  it('is a broadcast event whose handler fails, an event that cannot be read, and one of a newer version', async () => {
    const { client, redis, keys } = setUp();
    const { server } = await parts.serve(FailingController, LIMITS);
    await lastValueFrom(client.emit('fails everywhere', 1), { defaultValue: undefined });
    await redis.xadd(keys.events(), '*', 'p', 'fails', 'e', '{');
    await redis.xadd(keys.events(), '*', 'v', '2', 'p', 'fails', 'e', '{"pattern":"fails","data":1}');
    await eventually(async () => expect(await redis.xlen(keys.eventsDead())).toBe(3));
    expect(runs.map(([pattern]) => pattern)).toEqual(Array(3).fill('fails everywhere'));
    const listed = await command('list', '--kind', 'events');
    expect(listed.map(({ reason, isBroadcast }) => [reason, isBroadcast]).sort()).toEqual([
      ['its entry is of a newer version', false],
      ['its handler fails', true],
      ['its packet cannot be read', false],
    ]);
    isWell = true;
    const [broadcast] = listed.filter(({ isBroadcast }) => isBroadcast);
    await command('replay', String(broadcast!['id']));
    await eventually(() => server.metrics().handled === 1);
    expect(runs).toHaveLength(4);
  });

  it('is a request that no replica survived; replayed, it keeps its key and counts in the queue', async () => {
    const { redis, keys } = setUp();
    const names = { requests: keys.requests(), depth: keys.depth(), sent: keys.sent('c') };
    const packet = { pattern: 'asked', data: 'é'.repeat(40_000), id: '00000000001' };
    const body = JSON.stringify({ c: 'gone.1', t: 60_000, k: [[0, 'k']], p: [packet] });
    await redis.xgroup('CREATE', keys.requests(), 'test', '0', 'MKSTREAM');
    await enqueueRequests(redis, names, { batch: 1, maxQueue: 10, size: 1, body });
    await redis.xreadgroup('GROUP', 'test', 'dead', 'STREAMS', keys.requests(), '>');
    const { server } = await parts.serve(FailingController, { ...LIMITS, maxTries: 1 });
    await eventually(async () => expect(await redis.xlen(keys.dead())).toBe(1));
    const [listed] = await command('list', '--kind', 'requests');
    expect(listed).toMatchObject({ pattern: 'asked', idempotencyKey: 'k', isCut: false });
    const [read] = await command('read', String(listed!['id']));
    expect(JSON.parse(String(read!['payload']))).toEqual(packet);
    await command('replay', '--all');
    await eventually(() => server.metrics().handled === 1);
    await eventually(async () => expect(await redis.get(keys.done('k'))).toMatch(/^V/));
    await eventually(async () => expect(await redis.get(keys.depth())).toBe('0'));
    expect(await redis.xlen(keys.dead())).toBe(0);
  });

  it('is listed whole, whatever an entry says of itself', async () => {
    const { redis, keys } = setUp();
    await redis.xadd(keys.dead(), '*', 'requestedAt', 'yesterday', 'tries', 'many', 'payload', '{');
    await redis.xadd(keys.dead(), '*', 'requestedAt', '1e300', 'payload', 'null');
    await redis.xadd(keys.dead(), '*', 'v', '1', 'requestedAt', '1', 'pattern', 'asked', 'payload', '{}');
    const listed = await command('list');
    expect(listed.map(({ requestedAt }) => requestedAt)).toEqual([null, null, '1970-01-01T00:00:00.001Z']);
  });

  it('is not replayed with a deadline that no client may have', async () => {
    const { redis, keys } = setUp();
    const id = await redis.xadd(keys.dead(), '*', 'v', '1', 'pattern', 'asked', 'payload', '{}');
    const items = new SetAsideItems({ redis, service: 'test', prefix: shared.prefix });
    for (const deadlineMs of [Number.NaN, 0, 1e12])
      await expect(items.replay('requests', id!, deadlineMs)).rejects.toThrow(RangeError);
    expect([await redis.xlen(keys.dead()), await redis.exists(keys.requests())]).toEqual([1, 0]);
  });

  it('is reached by a program, which says how it is used', async () => {
    setUp();
    const program = (...args: string[]) =>
      promisify(execFile)(process.execPath, [PROGRAM, ...argumentsOf(args)]);
    expect(await program('list')).toEqual({ stdout: '', stderr: '' });
    expect(await run('read')).toMatchObject({ code: 2, err: expect.stringContaining('set-aside list') });
    expect(await run('read', 'events/x')).toMatchObject({ code: 2 });
    expect(await run('list', '--kind', 'replies')).toMatchObject({ code: 2 });
  });
});
