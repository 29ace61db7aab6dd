import type { WsMessageHandler } from '@nestjs/common';
import type { Bindable, BindClass, GatewayClasses } from './gateway-classes.js';
import { passAnswers } from './pass-answers.js';

/** Nest's handlers of the gateway class that answered a connection's last frame, bound to that connection. */
export class BoundHandlers<Client extends Bindable> {
  private bound: readonly WsMessageHandler[] = [];
  private boundBy: BindClass<Client> | undefined;

  constructor(
    private readonly connection: Client,
    private readonly classes: GatewayClasses<Client>,
  ) {}

  /** In the order in which their class declares them. */
  get handlers(): readonly WsMessageHandler[] {
    return this.bound;
  }

  /** From now on these are bound, and no others. */
  set handlers(handlers: readonly WsMessageHandler[]) {
    this.bound = handlers;
    this.boundBy = undefined;
  }

  /**
   * Calls the handler of `type`. Resolves when it has passed on its last answer. Undefined if no gateway class handles the
   * type.
   */
  handle(type: string, request: unknown, pass: (answer: unknown) => void): Promise<void> | undefined {
    const place = this.classes.find(type, this.connection);
    if (place === undefined) return undefined;
    // One class at a time: most connections go on with the same one, and an idle one keeps few closures.
    if (this.boundBy !== place.bind) {
      place.bind(this.connection);
      this.boundBy = place.bind;
    }
    return passAnswers(this.bound[place.number]!.callback(request, type), pass);
  }
}
