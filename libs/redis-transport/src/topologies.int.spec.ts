import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Controller } from '@nestjs/common';
import { EventPattern, MessagePattern, Payload } from '@nestjs/microservices';
import { eventually, type OwnCluster, type OwnSentinel, startCluster, startSentinel } from '@parley/testing';
import { firstValueFrom, lastValueFrom, type Observable, of, toArray } from 'rxjs';
import { TestParts } from './fixtures/test-service.js';
import { RedisRequest } from './index.js';
import { LANES, type Lane } from './lanes.js';

jest.setTimeout(60_000);

const handled = new Map<string, number>();
let noted: unknown[] = [];

@Controller()
class PlainController {
  @MessagePattern('note')
  note(@Payload() name: string): string {
    handled.set(name, (handled.get(name) ?? 0) + 1);
    return name;
  }

  @MessagePattern('several')
  several(): Observable<number> {
    return of(1, 2, 3);
  }

  @EventPattern('happened')
  happened(@Payload() value: unknown): void {
    noted.push(value);
  }

  @EventPattern('told', { broadcast: true })
  told(@Payload() value: unknown): void {
    noted.push(value);
  }
}

describe('a Redis Cluster of 3 nodes', () => {
  let cluster: OwnCluster;

  beforeAll(async () => {
    cluster = await startCluster();
  });
  afterAll(() => cluster.remove());

  describe.each([true, false])('sharded pub/sub: %s', (shardedSubscribers) => {
    let parts: TestParts;

    beforeAll(() => {
      const prefix = `cluster-${shardedSubscribers}`;
      parts = new TestParts({ prefix, connect: () => cluster.connect({ shardedSubscribers }) });
    });
    afterAll(() => parts.close());

    // Names whose hash tags lie on different nodes.
    it.each(['a', 'b', 'c', 'd'])('serves the requests of service %s', async (service) => {
      await parts.serve(PlainController, { service });
      const client = parts.client({ service });
      const names = Array.from({ length: 200 }, (_, n) => `${service}${shardedSubscribers}${n}`);
      const replies = await Promise.all(names.map((name) => firstValueFrom(client.send('note', name))));
      expect(replies).toEqual(names);
      expect(names.every((name) => handled.get(name) === 1)).toBe(true);
      expect(await lastValueFrom(client.send('several', {}).pipe(toArray()))).toEqual([1, 2, 3]);
      const request = new RedisRequest(`${service} keyed ${shardedSubscribers}`, { idempotencyKey: 'k' });
      expect(await firstValueFrom(client.send('note', request))).toBe(request.data);
      expect(await firstValueFrom(client.send('note', request))).toBe(request.data);
      expect(handled.get(request.data)).toBe(1);
    });

    it('serves the requests of partitions on all of its nodes, in both lanes', async () => {
      const service = `parted-${shardedSubscribers}`;
      const { app, server } = await parts.serve(PlainController, { service, partitions: 6 });
      const client = parts.client({ service, partitions: 6 });
      const names = Array.from({ length: 200 }, (_, n) => `${service} ${n}`);
      const ask = (name: string, lane: Lane) =>
        firstValueFrom(
          client.send('note', new RedisRequest(name, { partitionBy: name, idempotencyKey: name, lane })),
        );
      expect(await Promise.all(names.map((name, n) => ask(name, LANES[n % 2]!)))).toEqual(names);
      expect(await Promise.all(names.map((name, n) => ask(name, LANES[(n + 1) % 2]!)))).toEqual(names);
      expect(names.every((name) => handled.get(name) === 1)).toBe(true);
      expect(server.metrics().handled).toBe(200);
      await app.close();
    });

    it('carries events, once for each service and to every replica', async () => {
      noted = [];
      const client = parts.client();
      await lastValueFrom(client.emit('happened', 1));
      await lastValueFrom(client.emit('told', 2));
      await eventually(() => noted.length === 8);
      expect(noted.sort()).toEqual([1, 1, 1, 1, 2, 2, 2, 2]);
    });
  });
});

describe('a Redis with Sentinel', () => {
  let sentinel: OwnSentinel;
  let parts: TestParts;

  beforeAll(async () => {
    sentinel = await startSentinel();
    parts = new TestParts({ prefix: 'sentinel', connect: () => sentinel.connect() });
  });
  afterAll(async () => {
    await parts.close();
    await sentinel.remove();
  });

  it('recovers automatically after a fail-over', async () => {
    const { server } = await parts.serve(PlainController, { takeOverAfterMs: 1_000 });
    const client = parts.client();
    expect(await firstValueFrom(client.send('note', 'before'))).toBe('before');
    await sentinel.master.kill();
    await eventually(() => !client.isReady() && !server.isReady());
    // Made while there is no master: it waits, and is handled by the new one.
    const during = firstValueFrom(client.send('note', 'during'));
    expect(await during).toBe('during');
    expect(await firstValueFrom(client.send('note', 'after'))).toBe('after');
    await lastValueFrom(client.emit('told', 'after'));
    await eventually(() => noted.includes('after'));
    expect(['before', 'during', 'after'].map((name) => handled.get(name))).toEqual([1, 1, 1]);
  });
});
