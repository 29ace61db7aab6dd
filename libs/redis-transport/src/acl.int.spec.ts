import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { Controller } from '@nestjs/common';
import { EventPattern, MessagePattern, Payload } from '@nestjs/microservices';
import { eventually, type OwnRedis, startRedis } from '@parley/testing';
import { Redis } from 'ioredis';
import { firstValueFrom, lastValueFrom } from 'rxjs';
import { TestParts } from './fixtures/test-service.js';
import { RedisRequest, RedisTransportClient } from './index.js';

jest.setTimeout(60_000);

const README = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const rules = (name: string) => README.split(`\`\`\`acl-${name}\n`)[1]!.split('```')[0]!.trim().split(/\s+/);

let noted = 0;

@Controller()
class OrdersController {
  @MessagePattern('place')
  place(@Payload() order: unknown): unknown {
    return order;
  }

  @MessagePattern('place slowly')
  async placeSlowly(@Payload() order: unknown): Promise<unknown> {
    await eventually(() => noted > 0);
    return order;
  }

  @EventPattern('paid')
  paid(@Payload() _: unknown): void {
    noted++;
  }

  @EventPattern('told', { broadcast: true })
  told(@Payload() _: unknown): void {
    noted++;
  }
}

describe('with the Redis users of the README', () => {
  let own: OwnRedis;
  let admin: Redis;
  let parts: TestParts;

  const as = (user: string) => () => new Redis(own.url, { username: user, password: 'secret' });

  beforeAll(async () => {
    own = await startRedis();
    admin = new Redis(own.url);
    for (const user of ['server', 'client']) {
      await admin.call('ACL', 'SETUSER', user, 'on', '>secret', 'resetkeys', 'resetchannels', ...rules(user));
    }
    parts = new TestParts({ prefix: 'rpc', connect: as('server') });
  });

  afterAll(async () => {
    await parts.close();
    admin.disconnect();
    await own.remove();
  });

  it('everything works, and nothing is refused', async () => {
    const { app } = await parts.serve(OrdersController, { service: 'orders', takeOverAfterMs: 200 });
    const client = new RedisTransportClient({ service: 'orders', clientName: 'shop', connect: as('client') });
    const keyed = new RedisRequest(2, { idempotencyKey: 'k' });
    // Both in one entry, the second one finished later: marks are made, renewed and removed.
    const replies = ['place', 'place slowly'].map((pattern) =>
      firstValueFrom(client.send(pattern, keyed.data)),
    );
    expect(await replies[0]).toBe(2);
    expect(await firstValueFrom(client.send('place', keyed))).toBe(2);
    await lastValueFrom(client.emit('paid', 1));
    await lastValueFrom(client.emit('told', 1));
    expect(await replies[1]).toBe(2);
    expect(await firstValueFrom(client.send('place', new RedisRequest(3, { lane: 'later' })))).toBe(3);
    await eventually(() => noted === 2);
    await app.close();
    await client.close();
    expect(await admin.call('ACL', 'LOG')).toEqual([]);
  });

  it('a client receives nothing meant for another client, and reads no other service', async () => {
    const redis = as('client')();
    try {
      await expect(redis.subscribe('rpc:{orders}:reply:other.1')).rejects.toThrow(/NOPERM/);
      await expect(redis.xlen('rpc:{payments}:requests')).rejects.toThrow(/NOPERM/);
      await expect(redis.get('rpc:{orders}:done:k')).rejects.toThrow(/NOPERM/);
    } finally {
      redis.disconnect();
    }
  });
});
