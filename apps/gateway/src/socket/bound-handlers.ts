import type { WsMessageHandler } from '@nestjs/common';
import { passAnswers } from './pass-answers.js';

/** A handler of a gateway class, bound to one connection. */
type Handler = WsMessageHandler['callback'];

/** Nest's handlers of all gateway classes, bound to one connection. Nothing else that Nest makes per connection is kept. */
export class BoundHandlers {
  /** In the order of `types`. */
  private handlers: readonly Handler[] = [];

  /** @param types the types that gateway classes handle, in the order in which Nest binds them: one list for all connections. */
  constructor(private readonly types: string[]) {}

  /** Adds those of one gateway class. */
  add(handlers: readonly WsMessageHandler[]): void {
    for (const [n, { message }] of handlers.entries())
      this.types[this.handlers.length + n] ??= String(message);
    this.handlers = [...this.handlers, ...handlers.map(({ callback }) => callback)];
  }

  /**
   * Calls the handler of `type`. Resolves when it has passed on its last answer. Undefined if no gateway class handles the
   * type.
   */
  handle(type: string, request: unknown, pass: (answer: unknown) => void): Promise<void> | undefined {
    // A few dozen types: a scan costs less than a map per connection.
    const handler = this.handlers[this.types.indexOf(type)];
    return handler === undefined ? undefined : passAnswers(handler(request, type), pass);
  }
}
