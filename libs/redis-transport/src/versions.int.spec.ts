import { once } from 'node:events';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Controller } from '@nestjs/common';
import { EventPattern, MessagePattern, Payload } from '@nestjs/microservices';
import { eventually, testRedis } from '@parley/testing';
import { firstValueFrom, lastValueFrom } from 'rxjs';
import { TestParts } from './fixtures/test-service.js';
import { RedisRequest } from './redis-request.js';

jest.setTimeout(60_000);

const heard: unknown[] = [];

@Controller()
class Before {
  @MessagePattern('asked')
  asked(): string {
    return 'before';
  }

  @EventPattern('said')
  said(@Payload() value: unknown): void {
    heard.push(['before', value]);
  }
}

@Controller()
class Now {
  @MessagePattern('asked')
  asked(): string {
    return 'now';
  }

  @MessagePattern('asked since')
  askedAnew(@Payload() n: number): number {
    return n;
  }

  @EventPattern('said since')
  saidAnew(@Payload() value: unknown): void {
    heard.push(value);
  }
}

/** What a replica of the release before publishes when it has no handler. */
const NOT_MINE = {
  status: 'error',
  err: 'There is no matching message handler defined in the remote service.',
  isDisposed: true,
};
const QUICK = { takeOverAfterMs: 300 };

describe('replicas of two versions', () => {
  let parts: TestParts;

  const setUp = () => {
    const shared = testRedis();
    parts = new TestParts({ prefix: shared.prefix, connect: () => shared.connect() });
    heard.length = 0;
    return {
      redis: parts.redis(),
      client: parts.client(),
      key: (name: string) => `${shared.prefix}:${name}`,
    };
  };

  afterEach(() => parts.close());

  it('a request that one of them does not know is handled by the other', async () => {
    const { client } = setUp();
    await parts.serve(Before);
    await parts.serve(Now);
    for (let n = 1; n <= 30; n += 1) expect(await firstValueFrom(client.send('asked since', n))).toBe(n);
  });

  it('a request that a replica of the release before refuses is handled by one that knows it', async () => {
    const { client, redis, key } = setUp();
    const [stream, group] = [key('{test}:requests'), 'test'];
    await redis.xgroup('CREATE', stream, group, '0', 'MKSTREAM');
    const asked = firstValueFrom(client.send('asked since', 7));
    const read = await redis.xreadgroup('GROUP', group, 'old', 'BLOCK', 5_000, 'STREAMS', stream, '>');
    const [id, fields] = (read as [string, [string, string[]][]][])[0]![1][0]!;
    const batch = JSON.parse(fields[fields.indexOf('b') + 1]!);
    await redis.multi().xack(stream, group, id).xdel(stream, id).decr(key('{test}:depth')).exec();
    const reply = { r: [{ ...NOT_MINE, id: batch.p[0].id }] };
    await redis.publish(key(`{test}:reply:${batch.c}`), JSON.stringify(reply));
    await parts.serve(Now);
    expect(await asked).toBe(7);
  });

  it('a request that nobody knows ends in time with an error that says so, and may be sent again', async () => {
    const { client } = setUp();
    await parts.serve(Before);
    await expect(firstValueFrom(client.send('asked since', 1))).rejects.toMatchObject({
      code: 'NO_HANDLER',
      retryable: true,
    });
    expect(client.metrics().pending).toBe(0);
    expect(await firstValueFrom(client.send('asked', {}))).toBe('before');
  });

  it('a request that must not wait for another replica ends with the first that does not know it', async () => {
    const { client, redis, key } = setUp();
    await parts.serve(Before);
    const request = new RedisRequest(1, { failsWhenUnhandled: true });
    await expect(firstValueFrom(client.send('asked since', request))).rejects.toMatchObject({
      code: 'NO_HANDLER',
    });
    const stream = (await redis.xinfo('STREAM', key('{test}:requests'))) as unknown[];
    expect(stream[stream.indexOf('entries-added') + 1]).toBe(1);
  });

  it('a client of the release before is told that it may try again', async () => {
    const { redis, key } = setUp();
    await parts.serve(Before);
    const listener = parts.redis();
    await listener.subscribe(key('{test}:reply:old'));
    const told = once(listener, 'message');
    const body = { c: 'old', t: 5_000, p: [{ pattern: 'asked since', data: {}, id: '1' }] };
    await redis.xadd(key('{test}:requests'), '*', 'n', 1, 'b', JSON.stringify(body));
    expect(JSON.parse((await told)[1] as string).e).toEqual([
      ['1', 'UNAVAILABLE', NOT_MINE.err, expect.objectContaining({ retryable: true })],
    ]);
  });

  it('an event that one of them does not know is left to the other, and one that nobody knows is not kept', async () => {
    const { client, redis, key } = setUp();
    await parts.serve(Before, QUICK);
    await parts.serve(Now, QUICK);
    const all = Array.from({ length: 40 }, (_, n) => n);
    for (const n of all) await lastValueFrom(client.emit('said since', n), { defaultValue: undefined });
    await lastValueFrom(client.emit('said by others', 0), { defaultValue: undefined });
    await eventually(async () => expect([...heard].sort((a, b) => Number(a) - Number(b))).toEqual(all));
    await eventually(async () => {
      const [pending] = (await redis.xpending(key('{events}:stream'), 'test')) as [number];
      expect(pending).toBe(0);
    });
  });

  it('an event is not left to a version that has not run for long', async () => {
    const { client, redis, key } = setUp();
    await parts.serve(Before, QUICK);
    await redis.hset(key('{events}:handled:test'), 'said since', Date.now() - 1_000);
    await lastValueFrom(client.emit('said since', 1), { defaultValue: undefined });
    await lastValueFrom(client.emit('said', 2), { defaultValue: undefined });
    await eventually(() => expect(heard).toEqual([['before', 2]]));
    await eventually(async () => {
      const [pending] = (await redis.xpending(key('{events}:stream'), 'test')) as [number];
      expect(pending).toBe(0);
    });
    expect(await redis.hexists(key('{events}:handled:test'), 'said since')).toBe(0);
  });
});
