import type { RedisConnection } from '../transport-options.js';
import source from './append-events.lua.js';
import { batchToken } from './enqueue-requests.js';
import { Script } from './script.js';

const SENT_TTL_MS = 3_600_000;

const script = new Script(source);

/** An event as it is stored. */
export interface StoredEvent {
  pattern: string;
  /** The Nest packet after the serializer, as JSON. */
  json: string;
}

/** The events stream, and the ring of the client's latest batches. */
export interface AppendEventsKeys {
  events: string;
  sent: string;
}

/** A batch of events to append, and how many events, and bytes of them, the stream keeps. */
export interface AppendEvents {
  batch: number;
  maxEvents: number;
  maxEventsBytes: number;
  events: readonly StoredEvent[];
}

/** Returns -1: the batch is stored, by this call or by an earlier one with its number. */
export async function appendEvents(
  redis: RedisConnection,
  keys: AppendEventsKeys,
  { batch, maxEvents, maxEventsBytes, events }: AppendEvents,
): Promise<number> {
  const args: (string | number)[] = [batchToken(batch), maxEvents, maxEventsBytes, SENT_TTL_MS];
  for (const event of events) args.push(event.pattern, event.json);
  return (await script.run(redis, [keys.events, keys.sent], args)) as number;
}
