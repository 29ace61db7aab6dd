import type { IncomingRequest, MessageHandler } from '@nestjs/microservices';
import type { RedisTransportContext } from '../redis-transport.context.js';

/** What handling a message needs of Nest's `Server`. */
export interface HandlerHost {
  findHandler(pattern: unknown): { route: string; handler: MessageHandler | undefined };
  /** Whether the service queues the requests of this route itself, so that none is refused for its age. */
  hasOwnQueue(route: string): boolean;
  /** The handler of requests that were taken over, and whose deadline has passed. */
  findLapsedHandler(pattern: unknown): { route: string; handler: MessageHandler | undefined };
  deserialize(packet: unknown): IncomingRequest | Promise<IncomingRequest>;
  /**
   * Calls Nest's hook for the start of processing around the work. What the hook throws is thrown; if it is asynchronous and
   * rejects, `failed` gets the error; without `failed` it is logged.
   */
  around(context: RedisTransportContext, work: () => Promise<void>, failed?: (error: unknown) => void): void;
  /** Calls Nest's hook for the end of processing. */
  ended(context: RedisTransportContext): void;
}
