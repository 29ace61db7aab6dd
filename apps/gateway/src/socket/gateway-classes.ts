import type { Connection } from './connection.js';

/** Has Nest bind the handlers of one gateway class to a connection: Nest hands them to {@link Connection.bind}. */
export type BindClass = (connection: Connection) => void;

/** The gateway class that handles a type, and which of its handlers does. */
export interface HandlerPlace {
  readonly bind: BindClass;
  readonly number: number;
}

/**
 * Nest's gateway classes. Nest binds every handler to every connection, at its beginning: dozens of closures, most of which are
 * never called. Here a class is bound to a connection when one of its frames needs that class.
 */
export class GatewayClasses {
  private readonly classes: BindClass[] = [];
  private places: Map<string, HandlerPlace> | undefined;

  add(bind: BindClass): void {
    this.classes.push(bind);
    this.places = undefined;
  }

  /** Where a type is handled; undefined if no class does. The first call binds all classes to `connection` once, to see what they handle. */
  find(type: string, connection: Connection): HandlerPlace | undefined {
    this.places ??= this.placesBy(connection);
    return this.places.get(type);
  }

  private placesBy(connection: Connection): Map<string, HandlerPlace> {
    const places = new Map<string, HandlerPlace>();
    for (const bind of this.classes) {
      bind(connection);
      for (const [number, { message }] of connection.handlers.entries())
        places.set(String(message), { bind, number });
    }
    return places;
  }
}
