import { batchToken } from './enqueue-requests.js';
import { LuaScript } from './lua-script.js';
import type { RedisConnection } from './transport-options.js';

const SENT_TTL_MS = 3_600_000;

const script = new LuaScript(import.meta.url, 'append-events.lua');

/** An event as it is stored. */
export interface StoredEvent {
  pattern: string;
  /** The Nest packet after the serializer, as JSON. */
  json: string;
}

/** Returns -1 once the batch is stored, by this call or by an earlier one with its number. */
export async function appendEvents(
  client: RedisConnection,
  keys: { events: string; sent: string },
  batch: number,
  maxEvents: number,
  events: readonly StoredEvent[],
): Promise<number> {
  const args: (string | number)[] = [batchToken(batch), maxEvents, SENT_TTL_MS];
  for (const event of events) args.push(event.pattern, event.json);
  return (await script.run(client, [keys.events, keys.sent], args)) as number;
}
