import type { RedisTransportClient, RedisTransportServer } from '@parley/redis-transport';

/** What tracing does with a request. */
export interface Tracer {
  /** Does the work in a span that begins a trace, or continues the current one. Marks the span if the work rejects. */
  span<T>(name: string, work: () => Promise<T>): Promise<T>;
  /** From now on requests and events carry the current span, and each handler runs in a span under the one that asked. */
  trace(server: RedisTransportServer, clients: Iterable<RedisTransportClient>): void;
  /** Sends the spans that are not sent yet. */
  shutdown(): Promise<void>;
}

/**
 * Starts to send spans to an OpenTelemetry collector over OTLP/HTTP, with W3C trace context. The libraries are loaded only
 * here: without an endpoint they cost neither memory nor time.
 * @param endpoint base address of the collector; spans go to its `/v1/traces`.
 */
export async function startTracing(service: string, endpoint: string): Promise<Tracer> {
  const [api, { OTLPTraceExporter }, { resourceFromAttributes }, sdk, transport] = await Promise.all([
    import('@opentelemetry/api'),
    import('@opentelemetry/exporter-trace-otlp-http'),
    import('@opentelemetry/resources'),
    import('@opentelemetry/sdk-trace-node'),
    import('@parley/redis-transport/tracing'),
  ]);
  const exporter = new OTLPTraceExporter({ url: `${endpoint.replace(/\/$/, '')}/v1/traces` });
  const provider = new sdk.NodeTracerProvider({
    resource: resourceFromAttributes({ 'service.name': service, 'service.namespace': 'parley' }),
    // Bounded: spans that do not fit while the collector is away are dropped.
    spanProcessors: [new sdk.BatchSpanProcessor(exporter)],
  });
  provider.register();
  const tracer = api.trace.getTracer('parley');
  const failed = { code: api.SpanStatusCode.ERROR };
  return {
    span: (name, work) =>
      tracer.startActiveSpan(name, { kind: api.SpanKind.SERVER }, async (span) => {
        try {
          return await work();
        } catch (error) {
          span.setStatus(failed);
          throw error;
        } finally {
          span.end();
        }
      }),
    trace: (server, clients) => {
      transport.traceServer(server, tracer);
      for (const client of clients) transport.traceClient(client);
    },
    shutdown: () => provider.shutdown(),
  };
}
