import type { WebhookDelivery } from '@parley/contracts';

/** How an attempt to send an event ended. */
export interface Attempt {
  /** What the endpoint answered with; undefined where it did not. */
  readonly status?: number | undefined;
  /** Why it was not taken, as `CALL_FAULTS` names it; undefined where it was. */
  readonly fault?: string | undefined;
}

/** A delivery as it is stored: with the place of its event in place of its id. */
export type DeliveryRecord = Omit<WebhookDelivery, 'id'>;

/** Reads what is stored of a delivery. */
export const deliveryIn = (id: string, json: string): WebhookDelivery => ({
  id,
  ...(JSON.parse(json) as DeliveryRecord),
});
