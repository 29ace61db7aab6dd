import { context as active, propagation, SpanKind, type Tracer, trace } from '@opentelemetry/api';
import type { RedisTransportClient } from './client/redis-transport.client.js';
import { aroundHandlers, beforeDispatch } from './hooks.js';
import type { RedisTransportServer } from './server/redis-transport.server.js';

/**
 * From now on the requests and events of this client carry the active span in their headers: in W3C trace context, or
 * whatever else the process's propagator writes. Without a propagator they carry nothing.
 */
export function traceClient(client: RedisTransportClient): void {
  beforeDispatch(client, (packet) => {
    const headers: Record<string, string> = {};
    propagation.inject(active.active(), headers);
    if (Object.keys(headers).length > 0) packet.metadata = { ...packet.metadata, ...headers };
  });
}

/**
 * From now on each handler of this server runs in a span of its pattern's name, under the span in the headers of its request
 * or event. The span ends with the handler; a reply of several values ends with its last value.
 * @param tracer by default the one named as this package.
 */
export function traceServer(
  server: RedisTransportServer,
  tracer: Tracer = trace.getTracer('@parley/redis-transport'),
): void {
  aroundHandlers(server, (context, handle) => {
    const parent = propagation.extract(active.active(), context.getMetadata() ?? {});
    const options = {
      kind: SpanKind.CONSUMER,
      attributes: { 'messaging.system': 'redis', 'messaging.message.id': context.getRequestId() },
    };
    tracer.startActiveSpan(context.getPattern(), options, parent, (span) => handle(() => span.end()));
  });
}
