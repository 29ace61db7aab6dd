import type { RedisConnection } from '../transport-options.js';
import { Script } from './script.js';
import source from './set-aside-entry.lua.js';

const script = new Script(source);

/** What is kept for inspection, and to be replayed. */
export interface SetAsideRecord {
  reason: string;
  pattern: string;
  tries: number;
  /** When the request was made, in ms of Redis's clock. */
  requestedAt: number;
  /** The packet as JSON; of an entry that cannot be read, its text. */
  payload: string;
  /** The idempotency key of a request, if it has one. */
  idempotencyKey?: string | undefined;
  /** `1` for an event whose broadcast handlers were to handle it. */
  broadcast?: string;
}

export interface SetAsideKeys {
  stream: string;
  dead: string;
  /** Only for requests, which leave the stream and the queue's count. */
  depth?: string;
}

/** An entry to set aside for inspection, and the bounds of the dead stream. */
export interface SetAsideEntry {
  /** Empty for an entry that no group has in hand. */
  group: string;
  entry: { id: string; size: number };
  /** How many entries are kept, approximately. */
  maxDead: number;
  /** How many bytes of payloads are kept. A payload that is larger alone is cut. */
  maxDeadBytes: number;
  record: SetAsideRecord;
}

/** Returns whether this call set the entry aside. */
export async function setAsideEntry(
  redis: RedisConnection,
  keys: SetAsideKeys,
  { group, entry, maxDead, maxDeadBytes, record }: SetAsideEntry,
): Promise<boolean> {
  const size = keys.depth === undefined ? 0 : entry.size;
  const { payload, idempotencyKey, ...rest } = record;
  const whole = Buffer.byteLength(payload);
  const kept = whole <= maxDeadBytes ? payload : payload.slice(0, Math.floor(maxDeadBytes / 3));
  const fields = ['entry', entry.id, ...Object.entries(rest).flat(), 'payload', kept];
  if (idempotencyKey !== undefined) fields.push('key', idempotencyKey);
  if (kept !== payload) fields.push('cut', whole);
  const bounds = [maxDead, maxDeadBytes, size, Math.min(whole, maxDeadBytes)];
  const names = [keys.stream, keys.dead, keys.depth ?? keys.dead];
  return (await script.run(redis, names, [group, entry.id, ...bounds, ...fields])) === 1;
}
