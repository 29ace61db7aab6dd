import type { LoggerService } from '@nestjs/common';
import { appendEvents } from '../redis/append-events.js';
import { enqueueRequests } from '../redis/enqueue-requests.js';
import type { TransportKeys } from '../redis/keys.js';
import type { RedisTransportClientLimits } from '../transport-options.js';
import { BatchSender } from './batch-sender.js';
import type { ClientCounters } from './client-counters.js';
import type { ClientLinks } from './client-links.js';
import { encodeBatch } from './encode-batch.js';
import type { PendingEvent } from './pending-event.js';
import type { PendingRequest } from './pending-request.js';

/** What a client's senders of requests and of events share. */
export interface SenderParts {
  clientId: string;
  keys: TransportKeys;
  links: ClientLinks;
  limits: Required<RedisTransportClientLimits>;
  counters: ClientCounters;
  logger: LoggerService;
}

/** Creates the sender to the stream of the service, within its bound. */
export function requestSender(parts: SenderParts): BatchSender<PendingRequest> {
  const { clientId, keys, links, limits, counters, logger } = parts;
  const names = { requests: keys.requests(), depth: keys.depth(), sent: keys.sent(clientId) };
  return new BatchSender({
    ...limits,
    logger,
    overloaded: () => counters.overloaded('The queue of the service is full'),
    submit: (batch, items, evenWhenFull) => {
      const body = encodeBatch(`${links.sharded ? '+' : ''}${clientId}`, items);
      const requests = { batch, maxQueue: limits.maxQueue, size: items.length, body, evenWhenFull };
      return links.writer.run((client) => enqueueRequests(client, names, requests));
    },
  });
}

/** Creates the sender to the events stream. */
export function eventSender(parts: SenderParts): BatchSender<PendingEvent> {
  const { clientId, keys, links, limits, counters, logger } = parts;
  const names = { events: keys.events(), sent: keys.eventsSent(clientId) };
  return new BatchSender({
    ...limits,
    logger,
    overloaded: () => counters.overloaded('The events stream is full'),
    submit: (batch, events) =>
      links.writer.run((client) =>
        appendEvents(client, names, { batch, maxEvents: limits.maxEvents, events }),
      ),
  });
}
