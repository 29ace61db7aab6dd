import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, type INestApplicationContext, Inject, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { type AsyncMicroserviceOptions, MessagePattern, Payload } from '@nestjs/microservices';
import type { Contract } from '@parley/contracts';
import { RedisTransportServer } from '@parley/redis-transport';
import { type OwnRedis, startRedis } from '@parley/testing';
import { Redis } from 'ioredis';
import { clientOf, type ServiceClient } from './service-client.js';
import { ServiceKitModule } from './service-kit.module.js';
import { readSettings, serviceSettings } from './settings.js';

const MESSAGE = 'x'.repeat(16 * 1024);
type PagesContract = { 'pages.read': Contract<{ readonly limit: number }, { readonly messages: string[] }> };

/** The limits of the pages that were asked for. */
const asked: number[] = [];

@Controller()
class PagesController {
  @MessagePattern('pages.read')
  read(@Payload() { limit }: { limit: number }) {
    asked.push(limit);
    return { messages: Array.from({ length: limit }, () => MESSAGE) };
  }
}

class AskingModule {
  constructor(@Inject(clientOf('pages')) readonly pages: ServiceClient<PagesContract>) {}
}

describe('a large page', () => {
  let own: OwnRedis;
  const apps: INestApplicationContext[] = [];
  let pages: ServiceClient<PagesContract>;

  beforeAll(async () => {
    own = await startRedis();
    const settings = readSettings(serviceSettings, { REDIS_URL: own.url, LOG_LEVEL: 'fatal' });
    const served = {
      module: class PagesModule {},
      imports: [ServiceKitModule.forRoot({ service: 'pages', settings, calls: [] })],
      controllers: [PagesController],
    };
    const options: AsyncMicroserviceOptions & { logger: false } = {
      inject: [RedisTransportServer],
      useFactory: (strategy: RedisTransportServer) => ({ strategy }),
      logger: false,
    };
    const app = await NestFactory.createMicroservice<AsyncMicroserviceOptions>(served, options);
    await app.listen();
    apps.push(app);
    Module({ imports: [ServiceKitModule.forRoot({ service: 'reader', settings, calls: ['pages'] })] })(
      AskingModule,
    );
    const context = await NestFactory.createApplicationContext(AskingModule, { logger: false });
    apps.push(context);
    pages = context.get(AskingModule).pages;
  });
  afterAll(async () => {
    for (const app of apps.reverse()) await app.close();
    await own.remove();
  });

  it('is not kept under the key of its request, of which only the fact is', async () => {
    const redis = new Redis(own.url);
    const keptOf = async (limit: number): Promise<number> => {
      const idempotencyKey = `page-of-${limit}`;
      await pages.ask('pages.read', { limit }, { idempotencyKey });
      const [key] = await redis.keys(`*:done:${idempotencyKey}`);
      return redis.strlen(key!);
    };
    expect(await keptOf(2)).toBeGreaterThan(2 * MESSAGE.length);
    expect(await keptOf(15)).toBe(1);
    redis.disconnect();
  });

  it('that is larger than Redis lets wait for a subscriber is asked for again with a smaller size, and pages stay small for a while', async () => {
    const read = (size: number) => pages.askPage('pages.read', size, (limit) => ({ limit }));
    expect((await read(5)).messages).toHaveLength(5);
    const admin = new Redis(own.url);
    await admin.config('SET', 'client-output-buffer-limit', 'pubsub 65536 0 0');
    admin.disconnect();
    asked.length = 0;
    expect((await read(40)).messages).toHaveLength(2);
    expect(asked).toEqual([40, 10, 2]);
    expect((await read(5)).messages).toHaveLength(2);
    expect(asked).toEqual([40, 10, 2, 2]);
  });
});
