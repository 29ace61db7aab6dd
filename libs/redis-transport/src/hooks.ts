import type { BaseRpcContext } from '@nestjs/microservices';
import type { RedisTransportClient } from './client/redis-transport.client.js';
import type { DispatchedPacket } from './packet-metadata.js';
import type { RedisTransportContext } from './redis-transport.context.js';
import type { RedisTransportServer } from './server/redis-transport.server.js';

/** Calls `handle` once, before it returns. What it passes to `handle` is called when the handler has ended. */
export type AroundHandler = (context: RedisTransportContext, handle: (ended?: () => void) => void) => void;

/**
 * Runs every handler of the server within `around`. Nest's `setOnProcessingStartHook` and `setOnProcessingEndHook` hold one
 * function each and replace it; this adds to what is there. What is added last runs outermost.
 */
export function aroundHandlers(server: RedisTransportServer, around: AroundHandler): void {
  const begin = server['onProcessingStartHook'];
  const end = server['onProcessingEndHook'];
  const running = new WeakMap<object, () => void>();
  server.setOnProcessingStartHook((transport, given, work) => {
    const context = given as RedisTransportContext;
    let inner: unknown;
    const outer: unknown = around(context, (ended) => {
      if (ended !== undefined) running.set(context, ended);
      inner = begin(transport, context as BaseRpcContext, work);
    });
    // Either may be a promise that rejects, although its type does not say so. The server handles what a hook returns.
    return outer === undefined ? inner : Promise.all([outer, inner]);
  });
  server.setOnProcessingEndHook((transport, given) => {
    const context = given as RedisTransportContext;
    try {
      running.get(context)?.();
    } finally {
      end?.(transport, context);
    }
  });
}

/**
 * Calls `prepare` with each request and event before it is sent. It may add to `packet.metadata`. `setOnDispatchHook` holds
 * one function and replaces it; this adds to what is there.
 */
export function beforeDispatch(
  client: RedisTransportClient,
  prepare: (packet: DispatchedPacket) => void,
): void {
  const before = client['onDispatchHook'];
  client.setOnDispatchHook((packet) => {
    before?.(packet);
    prepare(packet);
  });
}
