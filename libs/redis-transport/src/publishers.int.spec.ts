import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Controller } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { eventually, testRedis } from '@parley/testing';
import type { Redis } from 'ioredis';
import { lastValueFrom } from 'rxjs';
import { TestParts } from './fixtures/test-service.js';
import type { RedisTransportClient } from './index.js';

jest.setTimeout(60_000);

const heard: unknown[][] = [];

/** Of this version: it names the publisher of each event. */
@Controller()
class ChoosyController {
  @EventPattern('revoked', { broadcast: true, from: 'doors' })
  revoked(@Payload() value: unknown): void {
    heard.push(['broadcast', value]);
  }

  @EventPattern('revoked', { from: 'doors' })
  revokedOnce(@Payload() value: unknown): void {
    heard.push(['once', value]);
  }
}

/** Of the version before. */
@Controller()
class FormerController {
  @EventPattern('revoked')
  revoked(@Payload() value: unknown): void {
    heard.push(['former', value]);
  }
}

describe('events of one publisher', () => {
  let parts: TestParts;
  let prefix: string;
  let redis: Redis;

  beforeEach(() => {
    const shared = testRedis();
    prefix = shared.prefix;
    heard.length = 0;
    parts = new TestParts({ prefix, connect: () => shared.connect() });
    redis = parts.redis();
  });
  afterEach(() => parts.close());

  const emit = (client: RedisTransportClient, value: unknown) =>
    lastValueFrom(client.emit('revoked', value), { defaultValue: undefined });
  const own = (clientName: string) => parts.client({ clientName, eventStream: 'own' });
  const both = (clientName: string) => parts.client({ clientName, eventStream: 'both' });
  const former = () => parts.client({ clientName: 'doors' });
  const settled = (stream: string) =>
    eventually(async () => {
      const [group] = (await redis.xinfo('GROUPS', `${prefix}:{events}:${stream}`)) as unknown[][];
      const value = (name: string) => group![group!.indexOf(name) + 1];
      expect([value('pending'), value('lag')]).toEqual([0, 0]);
    });

  it('are heard when it publishes them, and not when another one does', async () => {
    await parts.serve(ChoosyController);
    await emit(own('guests'), 'forged');
    await emit(parts.client(), 'forged in the shared stream');
    await emit(own('doors'), 'true');
    await eventually(() => heard.length === 2);
    expect(heard).toEqual(
      expect.arrayContaining([
        ['broadcast', 'true'],
        ['once', 'true'],
      ]),
    );
  });

  it('are heard once beside their copies, and from a publisher without a stream of its own', async () => {
    await parts.serve(ChoosyController, { alsoShared: true });
    await emit(both('guests'), 'forged');
    await emit(both('doors'), 'new');
    await emit(former(), 'old');
    await eventually(() => heard.length >= 4);
    await settled('stream');
    await settled('from:doors');
    expect(heard.toSorted()).toEqual([
      ['broadcast', 'new'],
      ['broadcast', 'old'],
      ['once', 'new'],
      ['once', 'old'],
    ]);
  });

  it('reach a service that reads only the shared stream', async () => {
    await parts.serve(FormerController);
    await emit(both('doors'), 'new');
    await eventually(() => heard.length === 1);
    expect(heard).toEqual([['former', 'new']]);
  });

  it('are not lost between the last replica that read only the shared stream and the first that does not', async () => {
    const { app } = await parts.serve(FormerController);
    await emit(both('doors'), 1);
    await eventually(() => heard.length === 1);
    await settled('stream');
    await app.close();
    await emit(both('doors'), 2);
    await parts.serve(ChoosyController, { alsoShared: true });
    await eventually(() => heard.length === 2);
    await emit(both('doors'), 3);
    await eventually(() => heard.length === 4);
    expect(heard.filter(([kind]) => kind !== 'broadcast')).toEqual([
      ['former', 1],
      ['once', 2],
      ['once', 3],
    ]);
  });

  it('that a replica of the version before had in hand when it died are handled', async () => {
    await redis.xgroup('CREATE', `${prefix}:{events}:stream`, 'test', '0', 'MKSTREAM');
    await emit(both('doors'), 'in hand');
    await redis.xreadgroup('GROUP', 'test', 'dead', 'STREAMS', `${prefix}:{events}:stream`, '>');
    await parts.serve(ChoosyController, { alsoShared: true, takeOverAfterMs: 200 });
    await eventually(() => heard.length === 1);
    expect(heard).toEqual([['once', 'in hand']]);
    await settled('stream');
  });
});
