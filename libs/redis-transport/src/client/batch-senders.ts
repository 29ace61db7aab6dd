import type { LoggerService } from '@nestjs/common';
import { type AppendEventsKeys, appendEvents } from '../redis/append-events.js';
import {
  type EnqueueRequests,
  type EnqueueRequestsKeys,
  enqueueRequests,
  NOT_READ,
} from '../redis/enqueue-requests.js';
import type { TransportKeys } from '../redis/keys.js';
import type { EventStreamChoice, RedisConnection, RedisTransportClientLimits } from '../transport-options.js';
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

/** Where a client's events go, and under which name. */
export interface EventPlace {
  eventStream: EventStreamChoice;
  publisher: string;
}

/** The most that one entry may count as: more digits than servers read. */
const MAX_WEIGHT = 999_999;
/** The most bytes of one character of JSON. */
const BYTES_OF_CHARACTER = 3;

/**
 * What a request counts as in the queue. One that is larger than an equal share of `maxQueueBytes` counts as several: so the
 * bound of the number bounds the bytes too, at no cost to the others, and servers need not know of it.
 */
export function requestWeight(
  json: string,
  { maxQueue, maxQueueBytes }: { maxQueue: number; maxQueueBytes: number },
): number {
  const share = maxQueueBytes / maxQueue;
  if (json.length * BYTES_OF_CHARACTER <= share) return 1;
  return Math.min(MAX_WEIGHT, Math.max(1, Math.ceil(Buffer.byteLength(json) / share)));
}

/** Where a client's requests go. */
export interface RequestPlace extends SenderParts {
  /** The keys of the lane that takes them while no replica reads theirs; none for the lane that every version reads. */
  otherwise?: TransportKeys;
}

/** Creates the sender to one stream of the service, within its bounds. */
export function requestSender(parts: RequestPlace): BatchSender<PendingRequest> {
  const { clientId, links, limits, counters, logger } = parts;
  const places = requestNames(parts);
  const weightOf = ({ json }: PendingRequest) => requestWeight(json, limits);
  return new BatchSender({
    ...limits,
    weightOf,
    mostWeight: MAX_WEIGHT,
    logger,
    overloaded: () => counters.overloaded('The queue of the service is full'),
    submit: (batch, items, evenWhenFull) => {
      const body = encodeBatch(`${links.sharded ? '+' : ''}${clientId}`, items);
      const size = items.reduce((sum, item) => sum + weightOf(item), 0);
      const requests = { batch, maxQueue: limits.maxQueue, size, body, evenWhenFull };
      return links.writer
        .run((client) => enqueueInFirst(client, places, requests))
        .catch((error: unknown) => {
          // Redis may have stored them, and a replica may have them in hand.
          for (const item of items) item.mayBeHandled = true;
          throw error;
        });
    },
  });
}

/** The places of a batch in turn. Its number is known by one ring, so that it is stored once, whichever of them takes it. */
function requestNames({ clientId, keys, otherwise }: RequestPlace): EnqueueRequestsKeys[] {
  const sent = keys.sent(clientId);
  const namesOf = (place: TransportKeys) => ({ requests: place.requests(), depth: place.depth(), sent });
  if (otherwise === undefined) return [namesOf(keys)];
  return [{ ...namesOf(keys), readers: keys.readers() }, namesOf(otherwise)];
}

async function enqueueInFirst(
  client: RedisConnection,
  [first, ...others]: readonly EnqueueRequestsKeys[],
  requests: EnqueueRequests,
): Promise<number> {
  const room = await enqueueRequests(client, first!, requests);
  return room === NOT_READ ? enqueueInFirst(client, others, requests) : room;
}

/** Creates the sender to the events stream. */
export function eventSender(parts: SenderParts & EventPlace): BatchSender<PendingEvent> {
  const { links, limits, counters, logger, publisher } = parts;
  const names = eventNames(parts);
  return new BatchSender({
    ...limits,
    logger,
    overloaded: () => counters.overloaded('The events stream is full'),
    submit: (batch, events) =>
      links.writer.run((client) => appendEvents(client, names, { batch, ...limits, publisher, events })),
  });
}

function eventNames({ clientId, keys, eventStream, publisher }: SenderParts & EventPlace): AppendEventsKeys {
  const sent = keys.eventsSent(clientId);
  if (eventStream === 'shared') return { events: keys.events(), sent };
  const own = { events: keys.eventsOf(publisher), sent };
  return eventStream === 'both' ? { ...own, shared: keys.events() } : own;
}
