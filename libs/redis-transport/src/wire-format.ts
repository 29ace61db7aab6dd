import type { RedisTransportErrorCode } from './transport-error.js';

/**
 * The body of a stream entry: a batch of requests of one client.
 *
 * An entry has the fields `v` (see {@link ENTRY_VERSION}), `n` (what its requests count as in the queue), `b` (this batch as
 * JSON) and, if it was split off another entry, `t` (deliveries of that entry).
 *
 * An entry of the events stream has `v`, `p` (pattern), `e` (packet as JSON), `s` (bytes of all events before it) and, if it was
 * replayed, `g` (the only service that it is for).
 */
export interface RequestBatch {
  /** The client's id, which names its reply channel. A leading `+` asks for sharded publication (Cluster). */
  c: string;
  /** Milliseconds from the time in the entry's id until the deadline: one for all requests, or one for each. */
  t: number | number[];
  /** Idempotency keys: [index, key]. */
  k?: [number, string][];
  /**
   * 1 if none of its requests was sent before, and the client knows what it means when the service refuses them. A client of the
   * release before does not say it, and a service of the release before does not ask.
   */
  f?: 1;
  /** The origin of a request that was split off: `<entry id>/<index>`. */
  o?: string;
  /** Nest packets `{ pattern, data, id, metadata? }` after the serializer. */
  p: unknown[];
}

/** The reply of Nest's own transporters to a pattern without a handler. */
export const NO_HANDLER = 'There is no matching message handler defined in the remote service.';

/**
 * A transport error as sent. A field that is missing has the code's default. `noHandler`: the replica has no handler of the
 * pattern. A client of the release before does not know that field, and takes the error for what its code says.
 */
export type WireError = [
  id: string,
  code: RedisTransportErrorCode,
  message: string,
  details?: { retryAfterMs?: number; retryable?: boolean; noHandler?: true },
];

/** What is published to a client: the replies of one turn. */
export interface ReplyBatch {
  /** The first packet of a reply, usually the only one. */
  r?: unknown[];
  /** Further packets of a reply of several values, with their place in the reply, from 1. */
  m?: [number, unknown][];
  /** Requests that the transport ended. */
  e?: WireError[];
}

/** A stream entry as ioredis returns it. */
export type RawEntry = [id: string, fields: string[] | null];

/** The version of the entries that are written now. Entries without one are of version 0, which is read for one release longer. */
export const ENTRY_VERSION = 1;

/** @throws Error if the entry was written by a version that is newer than this one. */
export function checkVersion(fields: readonly string[]): void {
  const version = Number(field(fields, 'v') ?? 0);
  if (!(version <= ENTRY_VERSION)) throw new Error('the entry is of a newer version');
}

/** The value of a field of a stream entry. */
export function field(fields: readonly string[], name: string): string | undefined {
  for (let at = 0; at < fields.length; at += 2) if (fields[at] === name) return fields[at + 1];
  return undefined;
}

/** The value of a field that counts something, or `otherwise` if it holds anything else. */
export function countField(fields: readonly string[], name: string, otherwise: number): number {
  const text = field(fields, name) ?? '';
  return /^\d{1,6}$/.test(text) ? Number(text) : otherwise;
}

/** The most characters of a packet's JSON. At three bytes each it is well below the 512 MB that Redis takes in one argument. */
export const MAX_PACKET = 67_108_864;

/** The id of a packet, if it is a packet, and has one. */
export function packetId(packet: unknown): string | undefined {
  const id = (packet as { id?: unknown } | null | undefined)?.id;
  return typeof id === 'string' && id !== '' ? id : undefined;
}

/** Orders deliveries by when the entry was first stored (ms), then by their number, which is below 1,000. */
export const orderOf = (storedAt: number, tries: number): number => storedAt * 1_000 + tries;

/** When the entry was stored, in ms of Redis's clock: the first half of its id. */
export function entryTime(id: string): number {
  return Number(id.slice(0, id.indexOf('-')));
}
