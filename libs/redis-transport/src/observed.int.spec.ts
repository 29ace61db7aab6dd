import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Controller } from '@nestjs/common';
import { Ctx, EventPattern, MessagePattern } from '@nestjs/microservices';
import { HealthIndicatorService } from '@nestjs/terminus';
import { context, trace } from '@opentelemetry/api';
import { InMemorySpanExporter, NodeTracerProvider, SimpleSpanProcessor } from '@opentelemetry/sdk-trace-node';
import { eventually, testRedis } from '@parley/testing';
import { Registry } from 'prom-client';
import { firstValueFrom, lastValueFrom } from 'rxjs';
import { TestParts, type TestService } from './fixtures/test-service.js';
import { RedisTransportHealthIndicator } from './health.js';
import { aroundHandlers, beforeDispatch, type RedisTransportClient, RedisTransportContext } from './index.js';
import { RedisTransportMetrics } from './metrics.js';
import { traceClient, traceServer } from './tracing.js';

@Controller()
class ObservedController {
  @MessagePattern('metadata')
  metadata(@Ctx() handled: RedisTransportContext): object {
    return { metadata: handled.getMetadata() ?? {}, span: trace.getActiveSpan()?.spanContext().spanId };
  }

  @MessagePattern('fails')
  fails(): never {
    throw new Error('as asked');
  }

  @EventPattern('happened')
  happened(_event: unknown): void {}
}

const redis = testRedis();
const parts = new TestParts({ prefix: redis.prefix, connect: () => redis.connect() });
afterAll(() => parts.close());

const ask = (client: RedisTransportClient, pattern = 'metadata') =>
  firstValueFrom(client.send<{ metadata: Record<string, string>; span?: string }>(pattern, {}));

describe('hooks', () => {
  it('add to what is there, in their order, and each hears of the end', async () => {
    const { server } = await parts.serve(ObservedController, { service: 'hooked' });
    const client = parts.client({ service: 'hooked' });
    const told: string[] = [];
    for (const name of ['inner', 'outer'])
      aroundHandlers(server, (_context, handle) => {
        told.push(name);
        handle(() => told.push(`${name} ended`));
      });
    aroundHandlers(server, (_context, handle) => handle());
    for (const name of ['one', 'two'])
      beforeDispatch(client, (packet) => {
        packet.metadata = { ...packet.metadata, [name]: 'yes' };
      });
    expect((await ask(client)).metadata).toEqual({ one: 'yes', two: 'yes' });
    expect(told).toEqual(['outer', 'inner', 'outer ended', 'inner ended']);
  });

  it.each(['before', 'after'])('that are added %s one that rejects leave it to the server', async (when) => {
    const { server } = await parts.serve(ObservedController, { service: `rejecting-${when}` });
    const client = parts.client({ service: `rejecting-${when}` });
    const reject = () =>
      server.setOnProcessingStartHook(async () => {
        throw new Error('as asked');
      });
    if (when === 'after') reject();
    aroundHandlers(server, (_context, handle) => handle());
    if (when === 'before') reject();
    await expect(ask(client)).rejects.toMatchObject({ status: 'error' });
  });

  it('that are asynchronous and reject fail their request, and end no process', async () => {
    const { server } = await parts.serve(ObservedController, { service: 'async' });
    const client = parts.client({ service: 'async' });
    aroundHandlers(server, async (_context, handle) => {
      handle();
      throw new Error('as asked');
    });
    await expect(ask(client)).rejects.toMatchObject({ status: 'error' });
  });
});

describe('metrics', () => {
  it('count and time what servers and clients do, in a registry and under a prefix of their own', async () => {
    const registry = new Registry();
    const metrics = new RedisTransportMetrics({ registry, prefix: 'shop' });
    const { server } = await parts.serve(ObservedController, { service: 'counted' });
    const client = parts.client({ service: 'counted' });
    metrics.addServer(server);
    metrics.addClient('counted', client);
    await ask(client);
    await expect(ask(client, 'fails')).rejects.toBeDefined();
    await lastValueFrom(client.emit('happened', {}), { defaultValue: undefined });
    await eventually(async () => {
      const page = await registry.metrics();
      expect(page).toContain('shop_server_requests_total{outcome="handled"} 2');
      expect(page).toContain('shop_server_requests_total{outcome="failed"} 1');
      expect(page).toContain('shop_server_request_duration_seconds_count{pattern="metadata"} 1');
      expect(page).toContain('shop_server_request_duration_seconds_count{pattern="happened"} 1');
      expect(page).toContain('shop_client_pending{service="counted"} 0');
      expect(page).toMatch(/shop_client_batches_total\{service="counted"\} [1-9]/);
      expect(page).toContain('shop_server_in_flight 0');
    });
  });
});

describe('tracing', () => {
  const exporter = new InMemorySpanExporter();
  const provider = new NodeTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  let service: TestService;
  let client: RedisTransportClient;

  beforeAll(async () => {
    provider.register();
    service = await parts.serve(ObservedController, { service: 'traced' });
    client = parts.client({ service: 'traced' });
    traceServer(service.server);
    traceClient(client);
  });
  afterAll(async () => {
    await provider.shutdown();
    trace.disable();
    context.disable();
  });

  it('carries W3C trace context in the headers, and runs the handler in a span under the one that asked', async () => {
    const { traceId, spanId, reply } = await trace.getTracer('test').startActiveSpan('ask', async (span) => {
      const answered = await ask(client);
      span.end();
      return { ...span.spanContext(), reply: answered };
    });
    expect(reply.metadata).toEqual({ traceparent: `00-${traceId}-${spanId}-01` });
    const handled = exporter.getFinishedSpans().find(({ name }) => name === 'metadata');
    expect(handled?.parentSpanContext).toMatchObject({ traceId, spanId });
    expect(handled?.spanContext().spanId).toBe(reply.span);
  });

  it('adds no headers outside of a span', async () => {
    expect((await ask(client)).metadata).toEqual({});
  });
});

describe('the indicator', () => {
  it('is up while requests are served or can be sent, and down after', async () => {
    const { server } = await parts.serve(ObservedController, { service: 'healthy' });
    const client = parts.client({ service: 'healthy' });
    await client.connect();
    const indicator = new RedisTransportHealthIndicator(new HealthIndicatorService());
    expect(indicator.isReady('orders', server)).toEqual({ orders: { status: 'up' } });
    expect(indicator.isReady('client', client)).toEqual({ client: { status: 'up' } });
    await client.close();
    expect(indicator.isReady('client', client)).toMatchObject({ client: { status: 'down' } });
  });
});
