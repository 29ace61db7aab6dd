import type { RedisConnection } from '../transport-options.js';
import { batchToken } from './enqueue-requests.js';
import { Script } from './script.js';

const SENT_TTL_MS = 3_600_000;

const script = new Script(import.meta.url, 'append-events.lua');

/** An event as it is stored. */
export interface StoredEvent {
  pattern: string;
  /** The Nest packet after the serializer, as JSON. */
  json: string;
}

/** The stream of events, and the ring of the batches that the client has stored. */
export interface AppendEventsKeys {
  events: string;
  sent: string;
}

/** A batch of events to append, and how many the stream keeps at most. */
export interface AppendEvents {
  batch: number;
  maxEvents: number;
  events: readonly StoredEvent[];
}

/** Returns -1 once the batch is stored, by this call or by an earlier one with its number. */
export async function appendEvents(
  redis: RedisConnection,
  keys: AppendEventsKeys,
  { batch, maxEvents, events }: AppendEvents,
): Promise<number> {
  const args: (string | number)[] = [batchToken(batch), maxEvents, SENT_TTL_MS];
  for (const event of events) args.push(event.pattern, event.json);
  return (await script.run(redis, [keys.events, keys.sent], args)) as number;
}
