import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, type INestMicroservice, Inject, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { type AsyncMicroserviceOptions, MessagePattern } from '@nestjs/microservices';
import type { ContractMap } from '@parley/contracts';
import { AppError } from '@parley/protocol';
import { RedisTransportServer } from '@parley/redis-transport';
import { testRedis } from '@parley/testing';
import { register } from 'prom-client';
import { clientOf, type ServiceClient } from './service-client.js';
import { ServiceKitModule } from './service-kit.module.js';
import { readSettings, serviceSettings } from './settings.js';

const { url, prefix } = testRedis();
const settings = readSettings(serviceSettings, { REDIS_URL: url, REDIS_PREFIX: prefix, LOG_LEVEL: 'fatal' });

@Controller()
class EchoController {
  @MessagePattern('echo.answer')
  answer(): object {
    return {};
  }

  @MessagePattern('echo.refuse')
  refuse(): never {
    throw new AppError('FORBIDDEN');
  }
}

@Module({
  imports: [ServiceKitModule.forRoot({ service: 'echo', settings, calls: ['echo'] })],
  controllers: [EchoController],
})
class EchoModule {
  constructor(@Inject(clientOf('echo')) readonly echo: ServiceClient<ContractMap>) {}
}

/** The samples of one metric whose labels hold all of `labels`, as name → value. */
async function samples(metric: string, labels: Record<string, string> = {}): Promise<Record<string, number>> {
  const found = await register.getSingleMetric(metric)!.get();
  const wanted = Object.entries(labels);
  const values = found.values.filter((sample) =>
    wanted.every(([name, value]) => (sample.labels as Record<string, unknown>)[name] === value),
  );
  return Object.fromEntries(
    values.map((sample) => [(sample as { metricName?: string }).metricName ?? metric, sample.value]),
  );
}

describe('the metrics of a service', () => {
  let app: INestMicroservice;
  let echo: ServiceClient<ContractMap>;
  beforeAll(async () => {
    app = await NestFactory.createMicroservice<AsyncMicroserviceOptions>(EchoModule, {
      inject: [RedisTransportServer],
      useFactory: (strategy: RedisTransportServer) => ({ strategy }),
      logger: false,
    });
    await app.listen();
    echo = app.get(EchoModule).echo;
  });
  afterAll(() => app.close());

  it('count requests sent by their outcome, and requests handled by their pattern', async () => {
    await echo.ask('echo.answer', {});
    await echo.ask('echo.answer', {});
    await echo.ask('echo.refuse', {}).catch(() => undefined);
    const asked = 'rpc_client_request_duration_seconds';
    expect(await samples(asked, { pattern: 'echo.answer', outcome: 'ok' })).toMatchObject({
      [`${asked}_count`]: 2,
    });
    expect(await samples(asked, { pattern: 'echo.refuse', outcome: 'FORBIDDEN' })).toMatchObject({
      [`${asked}_count`]: 1,
    });
    const handled = 'rpc_server_request_duration_seconds';
    expect(await samples(handled, { pattern: 'echo.answer' })).toMatchObject({ [`${handled}_count`]: 2 });
    const requests = 'rpc_server_requests_total';
    expect(await samples(requests, { outcome: 'handled' })).toEqual({ [requests]: 2 });
    expect(await samples(requests, { outcome: 'failed' })).toEqual({ [requests]: 1 });
  });

  it('measure the round trip to Redis at each scrape', async () => {
    const metric = 'redis_round_trip_seconds';
    const { [metric]: seconds } = await samples(metric);
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThan(5);
  });
});
