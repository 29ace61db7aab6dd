import { AsyncLocalStorage } from 'node:async_hooks';
import type {
  RedisTransportClient,
  RedisTransportContext,
  RedisTransportServer,
} from '@parley/redis-transport';
import type { Tracer } from './tracing.js';

/** The name of the request id in the metadata of requests between services. */
const REQUEST_ID = 'requestId';

const requestIds = new AsyncLocalStorage<string>();
let tracer: Tracer | undefined;

/** The id of the client's request that is being handled here; undefined for work that no client asked for. */
export const currentRequestId = (): string | undefined => requestIds.getStore();

/** From now on each unit of work is a span. Without a tracer, a request passes through no tracing code. */
export function traceWith(chosen: Tracer): void {
  tracer = chosen;
}

/**
 * Does the work of a client's request. Log lines written meanwhile carry `requestId`, and so do the requests that the work
 * sends to other services. With tracing on, the work is a span.
 */
export function inRequest<T>(name: string, requestId: string, work: () => Promise<T>): Promise<T> {
  const scoped = () => requestIds.run(requestId, work);
  return tracer === undefined ? scoped() : tracer.span(name, scoped);
}

/** From now on requests and events of this client carry the id, and the span, of the request that they belong to. */
export function carryRequestScope(client: RedisTransportClient): void {
  client.setOnDispatchHook((packet) => {
    const requestId = requestIds.getStore();
    if (requestId === undefined) return;
    packet.metadata = { ...packet.metadata, [REQUEST_ID]: requestId };
    tracer?.inject(packet.metadata);
  });
}

/**
 * From now on the handlers of this server run within the scope of their request.
 * @param ended called after a handler has ended, still within the scope, with its pattern and its duration in seconds.
 */
export function enterRequestScope(
  server: RedisTransportServer,
  ended: (pattern: string, seconds: number) => void,
): void {
  const running = new WeakMap<
    RedisTransportContext,
    { readonly startedAt: number; readonly endSpan?: () => void }
  >();
  server.setOnProcessingStartHook((_transport, given, handle) => {
    const context = given as RedisTransportContext;
    const metadata = context.getMetadata() ?? {};
    const begin = (endSpan?: () => void) => {
      running.set(context, { startedAt: performance.now(), endSpan });
      void handle();
    };
    const scoped = (endSpan?: () => void) =>
      requestIds.run(metadata[REQUEST_ID] ?? context.getRequestId(), begin, endSpan);
    if (tracer === undefined) scoped();
    else tracer.remoteSpan(context.getPattern(), metadata, scoped);
  });
  server.setOnProcessingEndHook((_transport, given) => {
    const context = given as RedisTransportContext;
    const run = running.get(context);
    if (run === undefined) return;
    run.endSpan?.();
    ended(context.getPattern(), (performance.now() - run.startedAt) / 1_000);
  });
}
