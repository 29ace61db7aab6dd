import { z } from 'zod';

const text = z.string();
const count = z.int().min(0);

const delivery = z.object({
  /** Of the event: `webhook-id`. */
  id: text,
  type: text,
  /** Of the event of a channel. */
  channelUUID: text.optional(),
  seq: count.optional(),
  /** Of the event of a user. */
  userUUID: text.optional(),
  attempts: count,
  outcome: z.enum(['taken', 'waiting', 'set_aside']),
  /** What the endpoint answered the last attempt with. */
  status: z.int().optional(),
  /** Why the last attempt failed: deadline, unreachable, address, status, too_large. */
  error: text.optional(),
  firstAt: text,
  lastAt: text,
});

const webhook = z.object({
  name: text,
  /** Where its endpoint is, without path and query. */
  origin: text,
  events: z.array(text),
  channels: z.array(text),
  channelsWaiting: count,
  usersWaiting: count,
  /** Channels and users of which events are sent again. */
  again: count,
  setAside: count,
  failingSince: text.optional(),
});

/** What operators are told of webhooks. Times are RFC 3339 in UTC. */
export const webhookSchemas = {
  Webhook: webhook,
  WebhookList: z.object({ webhooks: z.array(webhook) }),
  Delivery: delivery,
  DeliveryPage: z.object({ deliveries: z.array(delivery), cursor: text.optional() }),
  Replayed: z.object({ replayed: count }),
};
