import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller, type INestMicroservice, Inject, Module, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { type AsyncMicroserviceOptions, MessagePattern } from '@nestjs/microservices';
import type { ContractMap } from '@parley/contracts';
import { RedisTransportServer } from '@parley/redis-transport';
import { testRedis } from '@parley/testing';
import { createLogger } from './logger.js';
import { currentRequestId, inRequest } from './request-scope.js';
import { clientOf, type ServiceClient } from './service-client.js';
import { ServiceKitModule } from './service-kit.module.js';
import { readSettings, serviceSettings } from './settings.js';

const { url, prefix } = testRedis();

interface Span {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
}

/** A collector that keeps the spans that it is sent, as OTLP/HTTP in JSON has them. */
class Collector {
  readonly spans: Span[] = [];
  private readonly server: Server = createServer(async (request, response) => {
    // biome-ignore lint/suspicious/noExplicitAny: the shape is OTLP's.
    const body = (await json(request)) as any;
    for (const { scopeSpans } of body.resourceSpans)
      for (const { spans } of scopeSpans) this.spans.push(...spans);
    response.end('{}');
  });

  async open(): Promise<string> {
    await new Promise<void>((done) => this.server.listen(0, '127.0.0.1', done));
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.server.close();
  }
}

describe('a request on its way through two services', () => {
  const collector = new Collector();
  const apps: INestMicroservice[] = [];
  let near: ServiceClient<ContractMap>;

  beforeAll(async () => {
    const settings = readSettings(serviceSettings, {
      REDIS_URL: url,
      REDIS_PREFIX: prefix,
      LOG_LEVEL: 'fatal',
      OTEL_EXPORTER_OTLP_ENDPOINT: await collector.open(),
    });

    @Controller()
    class FarController {
      @MessagePattern('far.requestId')
      requestId(): object {
        return { requestId: currentRequestId() };
      }
    }
    @Module({
      imports: [ServiceKitModule.forRoot({ service: 'far', settings, calls: [] })],
      controllers: [FarController],
    })
    class FarModule {}

    @Controller()
    class NearController {
      constructor(@Inject(clientOf('far')) private readonly far: ServiceClient<ContractMap>) {}

      @MessagePattern('near.requestId')
      requestId(): Promise<object> {
        return this.far.ask('far.requestId', {}) as Promise<object>;
      }
    }
    @Module({
      imports: [ServiceKitModule.forRoot({ service: 'near', settings, calls: ['near', 'far'] })],
      controllers: [NearController],
    })
    class NearModule {}

    await start(FarModule);
    near = (await start(NearModule)).get(clientOf('near'), { strict: false });
  });
  afterAll(() => collector.close());

  async function start(module: Type): Promise<INestMicroservice> {
    const app = await NestFactory.createMicroservice<AsyncMicroserviceOptions>(module, {
      inject: [RedisTransportServer],
      useFactory: (strategy: RedisTransportServer) => ({ strategy }),
      logger: false,
    });
    await app.listen();
    apps.push(app);
    return app;
  }

  it('keeps the id that it began with, and each request its own', async () => {
    const ids = ['r-1', 'r-2', 'r-3'];
    const seen = await Promise.all(
      ids.map((id) => inRequest('frame', id, () => near.ask('near.requestId', {}))),
    );
    expect(seen).toEqual(ids.map((requestId) => ({ requestId })));
    expect(currentRequestId()).toBeUndefined();
  });

  it('is one trace, with each span under the one that asked', async () => {
    // Ending sends what was not sent yet.
    for (const app of apps) await app.close();
    const byName = (name: string) => collector.spans.filter((span) => span.name === name);
    expect(byName('frame')).toHaveLength(3);
    for (const frame of byName('frame')) {
      const asked = byName('near.requestId').find(({ parentSpanId }) => parentSpanId === frame.spanId);
      const further = byName('far.requestId').find(({ parentSpanId }) => parentSpanId === asked?.spanId);
      expect([asked?.traceId, further?.traceId]).toEqual([frame.traceId, frame.traceId]);
    }
  });
});

describe('createLogger', () => {
  it('names the request in each line written on its behalf, and in no other', async () => {
    const lines: Record<string, unknown>[] = [];
    const logger = createLogger('test', 'info', { write: (line) => lines.push(JSON.parse(line)) });
    logger.info('before');
    await inRequest('frame', 'r-1', async () => logger.info('within'));
    logger.info('after');
    expect(lines.map(({ msg, requestId }) => [msg, requestId])).toEqual([
      ['before', undefined],
      ['within', 'r-1'],
      ['after', undefined],
    ]);
  });
});
