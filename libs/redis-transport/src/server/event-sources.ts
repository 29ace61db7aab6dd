import type { MessageHandler } from '@nestjs/microservices';

/** The events of one stream, and who handles them. */
export interface EventSource {
  /** Whose stream it is; undefined for the one that all share. */
  readonly publisher: string | undefined;
  /** The patterns that have a handler. */
  readonly patterns: readonly string[];
  /** The handlers of an event, in Nest's order; undefined if there are none. */
  handlers(event: FoundBy): readonly MessageHandler[] | undefined;
  /** Whether an event without a handler is one that this service handles when another publishes it, or handles elsewhere. */
  isSettled(route: string): boolean;
}

/** What of an event its handlers are found by. */
interface FoundBy {
  route: string;
  tries: number;
  copyOf?: string;
}
type Handlers = Map<string, MessageHandler[]>;

/**
 * Event handlers by the publisher whose events they are for. Nest chains the handlers of a pattern with `forkJoin`, which ends as soon
 * as one of them fails, or ends without a value, while the others still run. They share no map with the handlers of requests, which may
 * have the same pattern.
 */
export class EventSources {
  private readonly plain: Handlers = new Map();
  private readonly byPublisher = new Map<string, Handlers>();

  /** Adds a handler; without a publisher it is for the events of the shared stream. */
  add(route: string, handler: MessageHandler, publisher?: string): void {
    const handlers = publisher === undefined ? this.plain : this.handlersOf(publisher);
    handlers.set(route, [...(handlers.get(route) ?? []), handler]);
  }

  /**
   * Returns the streams to read. Those of publishers come first: a reader that starts there misses nothing whose copy the
   * reader of the shared stream leaves out.
   */
  list(alsoShared: boolean): EventSource[] {
    const own = [...this.byPublisher].map(([publisher, handlers]) => sourceOf(publisher, handlers));
    const isSharedRead = this.plain.size > 0 || (alsoShared && own.length > 0);
    return isSharedRead ? [...own, this.shared(alsoShared)] : own;
  }

  private handlersOf(publisher: string): Handlers {
    const handlers = this.byPublisher.get(publisher) ?? new Map();
    this.byPublisher.set(publisher, handlers);
    return handlers;
  }

  private shared(alsoShared: boolean): EventSource {
    const { plain } = this;
    const own = alsoShared ? [...this.byPublisher] : [];
    return {
      publisher: undefined,
      patterns: [...new Set([...plain.keys(), ...own.flatMap(([, handlers]) => [...handlers.keys()])])],
      handlers: (event) => plain.get(event.route) ?? formerHandlers(own, event),
      isSettled: (route) => own.some(([, handlers]) => handlers.has(route)),
    };
  }
}

function sourceOf(publisher: string, handlers: Handlers): EventSource {
  return {
    publisher,
    patterns: [...handlers.keys()],
    handlers: ({ route }) => handlers.get(route),
    isSettled: () => false,
  };
}

/**
 * The handlers of an event whose publisher has no stream of its own yet. A copy is handled in its publisher's stream. But one that was
 * taken over may have died with a replica that knew only the shared stream.
 */
function formerHandlers(
  own: readonly [string, Handlers][],
  { route, tries, copyOf }: FoundBy,
): readonly MessageHandler[] | undefined {
  if (copyOf !== undefined && tries === 1) return undefined;
  const heard = own.filter(([publisher]) => publisher === (copyOf ?? publisher));
  const found = heard.flatMap(([, handlers]) => handlers.get(route) ?? []);
  return found.length > 0 ? found : undefined;
}
