import { AsyncLocalStorage } from 'node:async_hooks';
import {
  aroundHandlers,
  beforeDispatch,
  type RedisTransportClient,
  type RedisTransportServer,
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

/** From now on requests and events of this client carry the id of the request that they belong to. */
export function carryRequestScope(client: RedisTransportClient): void {
  beforeDispatch(client, (packet) => {
    const requestId = requestIds.getStore();
    if (requestId !== undefined) packet.metadata = { ...packet.metadata, [REQUEST_ID]: requestId };
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
  aroundHandlers(server, (context, handle) => {
    const startedAt = performance.now();
    const pattern = context.getPattern();
    const requestId = context.getMetadata()?.[REQUEST_ID] ?? context.getRequestId();
    requestIds.run(requestId, handle, () => ended(pattern, (performance.now() - startedAt) / 1_000));
  });
}
