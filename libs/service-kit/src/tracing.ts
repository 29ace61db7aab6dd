import type { PacketMetadata } from '@nestjs/microservices';

/** What tracing does with a request. */
export interface Tracer {
  /** Does the work in a span that begins a trace, or continues the current one. Marks the span if the work rejects. */
  span<T>(name: string, work: () => Promise<T>): Promise<T>;
  /** Adds the current span to the metadata of a request. */
  inject(metadata: PacketMetadata): void;
  /** Begins a span under the one in `metadata`, and passes a function that ends it. */
  remoteSpan(name: string, metadata: PacketMetadata, begin: (end: () => void) => void): void;
  /** Sends the spans that are not sent yet. */
  shutdown(): Promise<void>;
}

/**
 * Starts to send spans to an OpenTelemetry collector over OTLP/HTTP, with W3C trace context. The libraries are loaded only
 * here: without an endpoint they cost neither memory nor time.
 * @param endpoint base address of the collector; spans go to its `/v1/traces`.
 */
export async function startTracing(service: string, endpoint: string): Promise<Tracer> {
  const [api, { OTLPTraceExporter }, { resourceFromAttributes }, sdk] = await Promise.all([
    import('@opentelemetry/api'),
    import('@opentelemetry/exporter-trace-otlp-http'),
    import('@opentelemetry/resources'),
    import('@opentelemetry/sdk-trace-node'),
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
    inject: (metadata) => api.propagation.inject(api.context.active(), metadata),
    remoteSpan: (name, metadata, begin) => {
      const parent = api.propagation.extract(api.context.active(), metadata);
      tracer.startActiveSpan(name, { kind: api.SpanKind.CONSUMER }, parent, (span) =>
        begin(() => span.end()),
      );
    },
    shutdown: () => provider.shutdown(),
  };
}
