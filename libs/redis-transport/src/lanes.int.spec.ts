import { afterAll, afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Controller } from '@nestjs/common';
import { EventPattern, MessagePattern, Payload } from '@nestjs/microservices';
import { eventually, testRedis } from '@parley/testing';
import type { Redis } from 'ioredis';
import { firstValueFrom } from 'rxjs';
import { handledKey, type WorkDone, type WorkOrder } from './fixtures/replica-order.js';
import { Replicas } from './fixtures/replicas.js';
import { TestParts } from './fixtures/test-service.js';
import {
  RedisRequest,
  type RedisRequestOptions,
  type RedisTransportClient,
  type RedisTransportServerOptions,
  type SetAside,
  SetAsideItems,
} from './index.js';
import { LANES, type Lane } from './lanes.js';
import { TransportKeys } from './redis/keys.js';

jest.setTimeout(60_000);

/** What a slow request takes: many in a row are a queue that stands. */
const WORK_MS = 10;

let begun: string[] = [];
let release: () => void;
let released: Promise<void>;

@Controller()
class HeldController {
  /** Ends when the test lets it. */
  @MessagePattern('held')
  async held(@Payload() name: string): Promise<string> {
    begun.push(name);
    await released;
    return name;
  }

  @MessagePattern('slow')
  async slow(@Payload() name: string): Promise<string> {
    await new Promise((resolve) => setTimeout(resolve, WORK_MS));
    return name;
  }

  @MessagePattern('quick')
  quick(@Payload() name: string): string {
    begun.push(name);
    return `${name} ${begun.filter((each) => each === name).length}`;
  }
}

@Controller()
class EventsController {
  @EventPattern('happened')
  happened(@Payload() _: unknown): void {}
}

const shared = testRedis();
let lastService = 0;

describe('lanes', () => {
  const parts = new TestParts({ prefix: shared.prefix, connect: () => shared.connect() });
  const replicas = new Replicas();
  const redis = parts.redis();
  afterAll(() => parts.close());

  let service: string;
  beforeEach(() => {
    begun = [];
    released = new Promise((resolve) => {
      release = resolve;
    });
    service = `lanes${++lastService}`;
  });
  const started: { app: { close(): Promise<unknown> } }[] = [];
  afterEach(async () => {
    release();
    await replicas.endAll();
    for (const { app } of started.splice(0)) await app.close();
  });

  const serve = async (limits: Partial<RedisTransportServerOptions> = {}) => {
    const served = await parts.serve(HeldController, { service, ...limits });
    started.push(served);
    return served;
  };
  const keys = (lane: Lane) => new TransportKeys(shared.prefix, service, 0, lane);
  const depths = () => Promise.all(LANES.map(async (lane) => Number(await redis.get(keys(lane).depth()))));
  const ask = (client: RedisTransportClient, pattern: string, data: string, options: RedisRequestOptions) =>
    firstValueFrom(client.send<string>(pattern, new RedisRequest(data, { deadlineMs: 30_000, ...options })));
  const names = (prefix: string, count: number) => Array.from({ length: count }, (_, n) => `${prefix}${n}`);
  /** Each request in an entry of its own. */
  const askEach = async (client: RedisTransportClient, all: string[], options: RedisRequestOptions) => {
    const replies: Promise<string>[] = [];
    for (const name of all) {
      replies.push(ask(client, 'held', name, options));
      await new Promise(setImmediate);
    }
    return replies;
  };
  /** As a replica does that reads the lane. */
  const sayThatItIsRead = () => redis.set(keys('later').readers(), 1);

  it('answer what is asked for now while all handlers of what can wait are taken, and its queue stands', async () => {
    await serve({ maxInFlight: 8 });
    const client = parts.client({ service });
    const pages = await askEach(client, names('page', 20), { lane: 'later' });
    await eventually(async () => expect((await depths())[1]).toBe(20));
    await eventually(() => expect(begun).toEqual(['page0', 'page1']));
    expect(await ask(client, 'quick', 'post', {})).toBe('post 1');
    expect(begun).toEqual(['page0', 'page1', 'post']);
    release();
    expect(await Promise.all(pages)).toEqual(names('page', 20));
    expect(begun.slice(3)).toEqual(names('page', 20).slice(2));
    await eventually(async () => expect(await depths()).toEqual([0, 0]));
  });

  it('take what can wait while all handlers of the other lane are taken', async () => {
    await serve({ maxInFlight: 2 });
    const client = parts.client({ service });
    const posts = await askEach(client, names('post', 3), {});
    await eventually(() => expect(begun).toEqual(['post0', 'post1']));
    expect(await ask(client, 'quick', 'page', { lane: 'later' })).toBe('page 1');
    release();
    expect(await Promise.all(posts)).toEqual(names('post', 3));
  });

  it('have a bound each: a full one refuses nothing in the other', async () => {
    await sayThatItIsRead();
    const client = parts.client({ service, maxQueue: 4 });
    const pages = Promise.allSettled(
      names('page', 6).map((name) => ask(client, 'quick', name, { lane: 'later' })),
    );
    await eventually(() => expect(client.metrics().overloaded).toBe(2));
    const posts = Promise.allSettled(names('post', 5).map((name) => ask(client, 'quick', name, {})));
    await eventually(() => expect(client.metrics().overloaded).toBe(3));
    expect(await depths()).toEqual([4, 4]);
    const { server } = await serve();
    const kept = async (outcomes: typeof pages) =>
      (await outcomes).filter(({ status }) => status === 'fulfilled').length;
    expect([await kept(pages), await kept(posts)]).toEqual([4, 4]);
    expect(server.metrics()).toMatchObject({ handled: 8 });
  });

  it('leave a client room for what is asked for now when much that can wait has no answer', async () => {
    const client = parts.client({ service, maxPending: 4 });
    const pages = names('page', 3).map((name) => ask(client, 'quick', name, { lane: 'later' }));
    await expect(ask(client, 'quick', 'page3', { lane: 'later' })).rejects.toMatchObject({
      code: 'OVERLOADED',
    });
    const post = ask(client, 'quick', 'post', {});
    await expect(ask(client, 'quick', 'post', {})).rejects.toMatchObject({ code: 'OVERLOADED' });
    await serve();
    expect(await Promise.all([...pages, post])).toEqual(['page0 1', 'page1 1', 'page2 1', 'post 1']);
  });

  it('are in each partition', async () => {
    await serve({ partitions: 2 });
    const client = parts.client({ service, partitions: 2 });
    const partitionBy = names('channel', 20).find((name) => client.partitionOf(name) === 1)!;
    const reply = ask(client, 'held', 'page', { lane: 'later', partitionBy });
    const place = new TransportKeys(shared.prefix, service, 1, 'later');
    await eventually(async () => expect(await redis.get(place.depth())).toBe('1'));
    expect(await redis.xlen(place.requests())).toBe(1);
    release();
    expect(await reply).toBe('page');
  });

  it('have an age each: one that stands refuses nothing in the other', async () => {
    await sayThatItIsRead();
    const client = parts.client({ service });
    const pages = names('page', 300).map((name) =>
      ask(client, 'slow', name, { lane: 'later', deadlineMs: 50_000 }).catch((error: unknown) => error),
    );
    const posts = [ask(client, 'quick', 'early post', {})];
    await eventually(async () => expect(await depths()).toEqual([1, 300]));
    const { server } = await serve({ maxInFlight: 4, queueAgeMs: 1 });
    await eventually(() => expect(server.metrics().refused).toBeGreaterThan(0));
    posts.push(ask(client, 'quick', 'late post', {}));
    expect(await Promise.all(posts)).toEqual(['early post 1', 'late post 1']);
    const outcomes = await Promise.all(pages);
    expect(outcomes).toContainEqual(expect.objectContaining({ code: 'OVERLOADED' }));
    expect(server.metrics().refused).toBe(outcomes.filter((outcome) => outcome instanceof Error).length);
  });

  it('are taken over from a replica that dies, each with what it had in hand', async () => {
    const port = Number(new URL(shared.url).port);
    const start = () =>
      replicas.start({
        kind: 'streams',
        port,
        prefix: shared.prefix,
        service,
        limits: { takeOverAfterMs: 1_000 },
      });
    const first = await start();
    const client = parts.client({ service });
    const work = (n: number, lane: Lane) =>
      firstValueFrom(
        client.send<WorkDone>(
          'work',
          new RedisRequest({ n, hangs: true } satisfies WorkOrder, {
            lane,
            deadlineMs: 30_000,
            idempotencyKey: `${n}`,
          }),
        ),
      );
    const replies = [work(1, 'now'), work(2, 'later')];
    const timesHandled = (n: number) => redis.hget(handledKey(shared.prefix), `${n}`);
    await eventually(async () => expect([await timesHandled(1), await timesHandled(2)]).toEqual(['1', '1']));
    expect(await depths()).toEqual([1, 1]);
    const second = await start();
    first.signal('SIGKILL');
    for (const reply of replies) expect(await reply).toMatchObject({ pid: second.pid, tries: 2 });
    expect([await timesHandled(1), await timesHandled(2)]).toEqual(['2', '2']);
    await eventually(async () => expect(await depths()).toEqual([0, 0]));
  });

  it('know together what was done for a key', async () => {
    await serve();
    const client = parts.client({ service });
    const idempotencyKey = 'k';
    expect(await ask(client, 'quick', 'once', { lane: 'later', idempotencyKey })).toBe('once 1');
    expect(await ask(client, 'quick', 'once', { idempotencyKey })).toBe('once 1');
    expect(begun).toEqual(['once']);
  });

  it('run one of two requests with a key whose entries have the same id', async () => {
    const id = `${Date.now()}-0`;
    for (const [at, lane] of LANES.entries()) {
      const packet = { pattern: 'held', data: lane, id: `0000000000${at}` };
      const body = JSON.stringify({ c: `raw.${at}`, t: 60_000, k: [[0, 'same']], p: [packet] });
      await redis.xadd(keys(lane).requests(), id, 'v', '1', 'n', '1', 'b', body);
      await redis.incrby(keys(lane).depth(), 1);
    }
    const { server } = await serve();
    await eventually(async () => expect((await depths()).toSorted()).toEqual([0, 1]));
    release();
    await eventually(async () => expect(await depths()).toEqual([0, 0]));
    expect(begun).toHaveLength(1);
    expect(server.metrics().handled).toBe(1);
  });

  it('are one while no replica reads the second, as in the release before', async () => {
    const client = parts.client({ service });
    const first = ask(client, 'quick', 'first', { lane: 'later' });
    await eventually(async () => expect(await depths()).toEqual([1, 0]));
    const served = await serve();
    expect(await first).toBe('first 1');
    const second = await askEach(client, ['second'], { lane: 'later' });
    await eventually(async () => expect(await depths()).toEqual([0, 1]));
    release();
    await Promise.all(second);
    await served.app.close();
    const third = ask(client, 'quick', 'third', { lane: 'later' });
    await eventually(async () => expect(await depths()).toEqual([1, 0]));
    await serve();
    expect(await third).toBe('third 1');
  });

  it('are read again soon when one of several replicas ends', async () => {
    const one = await serve({ takeOverAfterMs: 300 });
    await serve({ takeOverAfterMs: 300 });
    await one.app.close();
    await eventually(async () => expect(await redis.exists(keys('later').readers())).toBe(1));
    const client = parts.client({ service });
    const reply = await askEach(client, ['page'], { lane: 'later' });
    await eventually(async () => expect(await depths()).toEqual([0, 1]));
    release();
    expect(await Promise.all(reply)).toEqual(['page']);
  });

  it('are read again as soon as Redis is back', async () => {
    const { server } = await serve({ takeOverAfterMs: 600_000 });
    await redis.del(keys('later').readers());
    const [writer] = server.unwrap<Redis[]>();
    writer!.disconnect(true);
    await eventually(async () => expect(await redis.exists(keys('later').readers())).toBe(1));
  });

  it('set aside in one place, and what is replayed is asked for now', async () => {
    const payload = JSON.stringify({ pattern: 'quick', data: 'replayed', id: '00000000001' });
    const record = ['v', '1', 'reason', 'x', 'pattern', 'quick', 'tries', '3', 'requestedAt', '1'];
    await redis.xadd(keys('later').dead(), '*', ...record, 'payload', payload);
    const items = new SetAsideItems({ redis, service, prefix: shared.prefix });
    const all: SetAside[] = [];
    for await (const item of items.list('requests')) all.push(item);
    expect(all).toHaveLength(1);
    expect(await items.replay('requests', all[0]!.id)).toBe(true);
    expect(await depths()).toEqual([1, 0]);
    await serve();
    await eventually(() => expect(begun).toEqual(['replayed']));
  });

  it('send a request again in its lane, after the connection for replies broke', async () => {
    await sayThatItIsRead();
    const client = parts.client({ service });
    await client.connect();
    const reply = ask(client, 'quick', 'again', { lane: 'later', idempotencyKey: 'k' });
    await eventually(async () => expect(await depths()).toEqual([0, 1]));
    for (const connection of client.unwrap()) connection.disconnect(true);
    await eventually(async () => expect(await depths()).toEqual([0, 2]));
    await serve();
    expect(await reply).toBe('again 1');
    expect(begun).toEqual(['again']);
  });

  it.each([
    ['by a server that is set so', HeldController, { readsLater: false }],
    ['by one that has only handlers of events', EventsController, {}],
  ])('are not both read %s, and nothing waits in the other', async (_, controller, options) => {
    started.push(await parts.serve(controller, { service, ...options }));
    expect(await redis.exists(keys('later').requests(), keys('later').readers())).toBe(0);
    const reply = ask(parts.client({ service }), 'quick', 'page', { lane: 'later' });
    if (controller === HeldController) expect(await reply).toBe('page 1');
    else await expect(reply).rejects.toMatchObject({ code: 'NO_HANDLER' });
  });

  it('are counted each', async () => {
    const { server } = await serve({ takeOverAfterMs: 300 });
    const client = parts.client({ service });
    const posts = await askEach(client, names('post', 2), {});
    const pages = await askEach(client, names('page', 3), { lane: 'later' });
    await eventually(() => expect(server.metrics()).toMatchObject({ queueDepth: 5, queueDepthLater: 3 }));
    release();
    await Promise.all([...posts, ...pages]);
  });
});
