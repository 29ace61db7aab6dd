import { z } from 'zod';
import { shortText } from '../fields.js';
import { LIMITS } from '../limits.js';
import type { RestOperation } from './operation.js';
import { pageQuery } from './paging.js';
import { REST_SCHEMAS } from './schemas.js';

const name = z
  .string()
  .regex(/^[a-z0-9-]{1,32}$/, 'expected the name of a webhook, up to 32 of a-z, 0-9 and -');
const webhook = z.object({ name });
const outcome = z.enum(['taken', 'waiting', 'set_aside'], 'expected taken, waiting or set_aside');

export const webhookOperations = {
  listWebhooks: {
    method: 'GET',
    path: '/admin/webhooks',
    resource: 'operators',
    summary: 'List the webhooks, and how far each has come',
    details:
      '`channelsWaiting` and `usersWaiting` have events that the endpoint has not got. `failingSince` says since when it takes none; it is ' +
      'absent where it does.',
    scope: 'webhooks',
    status: 200,
    answer: REST_SCHEMAS.WebhookList,
    errors: [],
  },
  listDeliveries: {
    method: 'GET',
    path: '/admin/webhooks/{name}/deliveries',
    resource: 'operators',
    summary: 'List the newest deliveries of a webhook, those with the newest attempt first',
    details: 'About the newest 2,000 are recorded. None holds a text.',
    scope: 'webhooks',
    params: webhook,
    query: z.object({ ...pageQuery(LIMITS.deliveriesPerPage), outcome: outcome.optional() }),
    status: 200,
    answer: REST_SCHEMAS.DeliveryPage,
    errors: [],
  },
  replayDelivery: {
    method: 'POST',
    path: '/admin/webhooks/{name}/deliveries/{id}/replay',
    resource: 'operators',
    summary: 'Send a webhook an event again, under its id',
    scope: 'webhooks',
    params: webhook.extend({ id: shortText(LIMITS.eventIdCharacters) }),
    status: 204,
    errors: [],
  },
  replaySetAside: {
    method: 'POST',
    path: '/admin/webhooks/{name}/replay',
    resource: 'operators',
    summary: 'Send a webhook everything again that is set aside',
    details:
      'The events of a channel, or of a user, come in their order. `replayed` says how many there are.',
    scope: 'webhooks',
    params: webhook,
    status: 200,
    answer: REST_SCHEMAS.Replayed,
    errors: [],
  },
} as const satisfies Record<string, RestOperation>;
