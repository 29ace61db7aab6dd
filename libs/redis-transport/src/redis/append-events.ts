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

/** The events stream, the ring of the client's latest batches, and the shared stream, if it gets copies. */
export interface AppendEventsKeys {
  events: string;
  sent: string;
  shared?: string;
}

/** A batch of events to append, and how many events, and bytes of them, the stream keeps. */
export interface AppendEvents {
  batch: number;
  maxEvents: number;
  maxEventsBytes: number;
  /** Who has the stream; the copies say so. */
  publisher?: string;
  events: readonly StoredEvent[];
}

/** Returns -1: the batch is stored, by this call or by an earlier one with its number. */
export async function appendEvents(
  redis: RedisConnection,
  keys: AppendEventsKeys,
  { batch, maxEvents, maxEventsBytes, publisher = '', events }: AppendEvents,
): Promise<number> {
  const args: (string | number)[] = [batchToken(batch), maxEvents, maxEventsBytes, SENT_TTL_MS, publisher];
  for (const event of events) args.push(event.pattern, event.json);
  const names = [keys.events, keys.sent, ...(keys.shared === undefined ? [] : [keys.shared])];
  return (await script.run(redis, names, args)) as number;
}
