import { ConflictException, Inject, Injectable } from '@nestjs/common';
import { DELIVERY_STORE, type DeliveryStore } from '../endpoint/delivery-store.js';
import { Handlers } from './handlers.js';
import type { WebhookEvent } from './webhook-event.js';

/** How long an event is known that was handled, in milliseconds: Parley sends it for a day. */
const HANDLED_MS = 86_400_000;
/** After this time another delivery of an event is handled though the first one may still be, in milliseconds: its process may have died. */
const UNDER_WAY_MS = 60_000;

/** Tells the app's own methods of events, of each once. */
@Injectable()
export class WebhookDesk {
  constructor(
    private readonly handlers: Handlers,
    @Inject(DELIVERY_STORE) private readonly deliveries: DeliveryStore,
  ) {}

  /**
   * Tells of an event, unless it was handled before.
   * @throws ConflictException while another delivery of it is handled; what a method throws. Parley then sends it again.
   */
  async tell(event: WebhookEvent): Promise<void> {
    const handlers = this.handlers.of('webhook', event.type);
    if (handlers.length === 0) return;
    const [handled, underWay] = [`handled:${event.id}`, `under-way:${event.id}`];
    if (await this.deliveries.has(handled)) return;
    if (!(await this.deliveries.claim(underWay, UNDER_WAY_MS)))
      throw new ConflictException('This event is being handled.');
    try {
      // It may have been handled between the two questions.
      if (await this.deliveries.has(handled)) return;
      for (const handler of handlers) await handler.handle(event);
      await this.deliveries.claim(handled, HANDLED_MS);
    } finally {
      await this.deliveries.release(underWay);
    }
  }
}
