import type { RedisTransportErrorCode } from './transport-error.js';

/**
 * The body of a stream entry: a batch of requests of one client.
 *
 * An entry has the fields `n` (how many requests), `b` (this, as JSON) and, when it was split off another one,
 * `t` (deliveries of that one).
 */
export interface RequestBatch {
  /** The client's id: names its reply channel. A leading `+` asks for sharded publication (Cluster). */
  c: string;
  /** Milliseconds until the deadline, from the time in the entry's id: one for all, or one for each. */
  t: number | number[];
  /** Idempotency keys: [index, key]. */
  k?: [number, string][];
  /** Where a request that was split off came from: `<entry id>/<index>`. */
  o?: string;
  /** Nest packets `{ pattern, data, id, metadata? }` after the serializer. */
  p: unknown[];
}

/** A transport error as it travels; what is left out is what the code stands for. */
export type WireError = [
  id: string,
  code: RedisTransportErrorCode,
  message: string,
  details?: { retryAfterMs?: number; retryable?: boolean },
];

/** What is published to a client: the replies of one turn. */
export interface ReplyBatch {
  /** First (mostly only) packet of a reply. */
  r?: unknown[];
  /** Further packets of a reply of several values, with their place in it, from 1. */
  m?: [number, unknown][];
  /** Requests that the transport ended. */
  e?: WireError[];
}

/** A stream entry as ioredis gives it. */
export type RawEntry = [id: string, fields: string[] | null];

/** The value of a field of a stream entry. */
export function field(fields: readonly string[], name: string): string | undefined {
  for (let at = 0; at < fields.length; at += 2) if (fields[at] === name) return fields[at + 1];
  return undefined;
}

/** Redis's clock, in ms, when the entry was stored: the first half of its id. */
export function entryTime(id: string): number {
  return Number(id.slice(0, id.indexOf('-')));
}
