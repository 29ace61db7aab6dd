import type { WsMessageHandler } from '@nestjs/common';

/** What handlers are bound to: a connection. */
export interface Bindable {
  /** Nest's handlers that are bound now, in the order in which their class declares them. */
  readonly handlers: readonly WsMessageHandler[];
}

/** Has Nest bind the handlers of one gateway class to a connection, in place of those of any other. */
export type BindClass<Client> = (connection: Client) => void;

/** The gateway class that handles a type, and which of its handlers does. */
export interface HandlerPlace<Client> {
  readonly bind: BindClass<Client>;
  readonly number: number;
}

/**
 * Nest's gateway classes. Nest binds every handler to every connection, at its beginning: dozens of closures, most of which are
 * never called. Here a class is bound to a connection when one of its frames needs that class.
 */
export class GatewayClasses<Client extends Bindable> {
  private readonly classes: BindClass<Client>[] = [];
  private places: Map<string, HandlerPlace<Client>> | undefined;

  add(bind: BindClass<Client>): void {
    this.classes.push(bind);
    this.places = undefined;
  }

  /** Where a type is handled; undefined if no class does. The first call binds all classes to `connection` once, to see what they handle. */
  find(type: string, connection: Client): HandlerPlace<Client> | undefined {
    this.places ??= this.placesBy(connection);
    return this.places.get(type);
  }

  private placesBy(connection: Client): Map<string, HandlerPlace<Client>> {
    const places = new Map<string, HandlerPlace<Client>>();
    for (const bind of this.classes) {
      bind(connection);
      for (const [number, { message }] of connection.handlers.entries())
        places.set(String(message), { bind, number });
    }
    return places;
  }
}
