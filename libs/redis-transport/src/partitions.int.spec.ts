import { afterAll, afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Controller } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { eventually, testRedis } from '@parley/testing';
import { firstValueFrom } from 'rxjs';
import { TestParts } from './fixtures/test-service.js';
import {
  RedisRequest,
  type RedisRequestOptions,
  type RedisTransportClient,
  type SetAside,
  SetAsideItems,
} from './index.js';
import { partitionOf } from './partitions.js';
import { TransportKeys } from './redis/keys.js';

jest.setTimeout(60_000);

let handled: string[] = [];

@Controller()
class NotingController {
  @MessagePattern('note')
  note(@Payload() name: string): string {
    handled.push(name);
    return `${name} ${handled.filter((each) => each === name).length}`;
  }
}

const COUNT = 3;
/** Things to ask about, of which those of one partition are together. */
const abouts = Array.from({ length: 30 }, (_, n) => `channel ${n}`);
const aboutIn = (partition: number) => abouts.find((about) => partitionOf(about, COUNT) === partition)!;

const shared = testRedis();
let lastService = 0;

describe('partitions', () => {
  const parts = new TestParts({ prefix: shared.prefix, connect: () => shared.connect() });
  const redis = parts.redis();
  afterAll(() => parts.close());
  let service: string;
  beforeEach(() => {
    handled = [];
    service = `parted${++lastService}`;
  });
  const started: { app: { close(): Promise<unknown> } }[] = [];
  afterEach(async () => {
    for (const { app } of started.splice(0)) await app.close();
  });
  const serve = async (partitions: number) => {
    const served = await parts.serve(NotingController, { service, partitions });
    started.push(served);
    return served;
  };
  const keys = (partition: number) => new TransportKeys(shared.prefix, service, partition);
  const note = (client: RedisTransportClient, name: string, options: RedisRequestOptions = {}) =>
    firstValueFrom(client.send<string>('note', new RedisRequest(name, { deadlineMs: 30_000, ...options })));
  const waiting = () =>
    Promise.all([0, 1, 2].map(async (partition) => Number(await redis.get(keys(partition).depth()))));

  it('spread requests by what they are about, and handle each once, in the order of each', async () => {
    const client = parts.client({ service, partitions: COUNT });
    const replies = abouts.flatMap((partitionBy) =>
      ['a', 'b', 'c'].map((step) => note(client, `${partitionBy} ${step}`, { partitionBy })),
    );
    const expected = [0, 0, 0];
    for (const about of abouts) expected[client.partitionOf(about)]! += 3;
    expect(Math.min(...expected)).toBeGreaterThan(0);
    await eventually(async () => expect(await waiting()).toEqual(expected));
    const { server } = await serve(COUNT);
    await Promise.all(replies);
    for (const about of abouts) {
      const own = handled.filter((name) => name.startsWith(`${about} `));
      expect(own).toEqual(['a', 'b', 'c'].map((step) => `${about} ${step}`));
    }
    expect(server.metrics().handled).toBe(90);
    await eventually(async () => expect(await waiting()).toEqual([0, 0, 0]));
  });

  it('leave what names nothing to the first', async () => {
    const client = parts.client({ service, partitions: COUNT });
    const replies = ['x', 'y'].map((name) => note(client, name));
    await eventually(async () => expect(await waiting()).toEqual([2, 0, 0]));
    await serve(COUNT);
    expect(await Promise.all(replies)).toEqual(['x 1', 'y 1']);
  });

  it('bound the queue together', async () => {
    const client = parts.client({ service, partitions: COUNT, maxQueue: 6 });
    const partitionBy = aboutIn(1);
    const replies = Array.from({ length: 4 }, (_, n) => note(client, `${n}`, { partitionBy }));
    const outcomes = Promise.allSettled(replies);
    await eventually(async () => expect(client.metrics().overloaded).toBe(2));
    expect(await waiting()).toEqual([0, 2, 0]);
    const { server } = await serve(COUNT);
    expect((await outcomes).map(({ status }) => status).sort()).toEqual([
      ...['fulfilled', 'fulfilled'],
      ...['rejected', 'rejected'],
    ]);
    expect(server.metrics()).toMatchObject({ handled: 2, queueDepth: 0 });
  });

  it('are read by replicas with a lower number, as long as they are there', async () => {
    const before = parts.client({ service, partitions: COUNT });
    await (await serve(COUNT)).app.close();
    const reply = note(before, 'late', { partitionBy: aboutIn(2) });
    await eventually(async () => expect((await waiting())[2]).toBe(1));
    await serve(1);
    expect(await reply).toBe('late 1');
  });

  it('are all read while their number grows, service first', async () => {
    const before = parts.client({ service });
    await serve(1);
    await serve(COUNT);
    expect(await note(before, 'of before', { partitionBy: aboutIn(2) })).toBe('of before 1');
    const after = parts.client({ service, partitions: COUNT });
    expect(await note(after, 'of after', { partitionBy: aboutIn(2) })).toBe('of after 1');
  });

  it('know what was done when their number changes between a request and its repeat', async () => {
    const client = parts.client({ service, partitions: COUNT });
    const options = { partitionBy: aboutIn(1), idempotencyKey: 'k', isRepeat: true };
    const first = await serve(COUNT);
    expect(await note(client, 'once', options)).toBe('once 1');
    await first.app.close();
    await serve(1);
    expect(await note(client, 'once', options)).toBe('once 1');
    expect(handled).toEqual(['once']);
  });

  it('know what was done for another process, with another number, where a request names nothing', async () => {
    await serve(COUNT);
    const replies = [1, 2, COUNT].map((partitions) =>
      note(parts.client({ service, partitions }), 'once', { idempotencyKey: 'k' }),
    );
    expect(new Set(await Promise.all(replies))).toEqual(new Set(['once 1']));
    expect(handled).toEqual(['once']);
  });

  it('send a request again where it was, after the connection for replies broke', async () => {
    const client = parts.client({ service, partitions: COUNT });
    await client.connect();
    const reply = note(client, 'again', { partitionBy: aboutIn(1), idempotencyKey: 'k' });
    await eventually(async () => expect((await waiting())[1]).toBe(1));
    for (const connection of client.unwrap()) connection.disconnect(true);
    await eventually(async () => expect(await waiting()).toEqual([0, 2, 0]));
    await serve(COUNT);
    expect(await reply).toBe('again 1');
    expect(handled).toEqual(['again']);
  });

  it('show what each has set aside, and take it back there', async () => {
    await (await serve(COUNT)).app.close();
    const payload = JSON.stringify({ pattern: 'note', data: 'replayed', id: '00000000001' });
    const record = ['v', '1', 'reason', 'x', 'pattern', 'note', 'tries', '3', 'requestedAt', '1'];
    await redis.xadd(keys(0).dead(), '*', ...record, 'payload', payload);
    await redis.xadd(keys(2).dead(), '*', ...record, 'payload', payload);
    const items = new SetAsideItems({ redis, service, prefix: shared.prefix });
    const all: SetAside[] = [];
    for await (const item of items.list('requests')) all.push(item);
    expect(all.map(({ id }) => id)).toEqual([
      expect.stringMatching(/^\d+-\d+$/),
      expect.stringMatching(/^\d+-\d+@2$/),
    ]);
    const { id } = all[1]!;
    expect(await items.read('requests', id)).toMatchObject({ id, pattern: 'note', payload });
    expect(await items.replay('requests', id)).toBe(true);
    expect(await waiting()).toEqual([0, 0, 1]);
    expect(await redis.xlen(keys(2).dead())).toBe(0);
    await serve(COUNT);
    await eventually(() => expect(handled).toEqual(['replayed']));
  });
});
