import { randomUUID } from 'node:crypto';
import { eventStream, keysOfPartitions, TransportKeys } from './redis/keys.js';
import { partitionsToRead } from './redis/partitions-to-read.js';
import { replayEntry } from './redis/replay-entry.js';
import { CLIENT_BOUNDS, type RedisConnection } from './transport-options.js';
import { ENTRY_VERSION, field, type RawEntry } from './wire-format.js';

/** The most entries that one read of the list takes from Redis: each comes with its payload. */
const PAGE = 20;

export const SET_ASIDE_KINDS = ['requests', 'events'] as const;
export type SetAsideKind = (typeof SET_ASIDE_KINDS)[number];

/** A request or an event that was set aside. */
export interface SetAside {
  kind: SetAsideKind;
  /** Its id in the stream of what is set aside; of a request, with `@` and the number of its partition, unless that is the first. */
  id: string;
  pattern: string;
  /** Deliveries or runs before it was set aside. */
  tries: number;
  reason: string;
  /** When it was made, in ms by Redis's clock. */
  requestedAt: number;
  /** When it was set aside, in ms by Redis's clock. */
  setAsideAt: number;
  /** The Nest packet as JSON. */
  payload: string;
  /** Whether the payload is only the beginning. */
  isCut: boolean;
  /** The idempotency key of a request. */
  idempotencyKey?: string;
  /** Whose stream an event was in, if not the shared one. */
  publisher?: string;
  /** Whether the broadcast handlers of an event failed. */
  isBroadcast: boolean;
}

export interface SetAsideOptions {
  redis: RedisConnection;
  service: string;
  /** Default `rpc`. */
  prefix?: string;
}

/** What a service has set aside: requests that no replica survived, events whose handlers fail, and what cannot be read. */
export class SetAsideItems {
  constructor(private readonly options: SetAsideOptions) {}

  /** Returns what is set aside now, the oldest first; of requests, those of each partition in turn. */
  async *list(kind: SetAsideKind): AsyncGenerator<SetAside> {
    const { redis, service, prefix = 'rpc' } = this.options;
    const count = kind === 'events' ? 1 : await partitionsToRead(redis, { prefix, service, partitions: 1 });
    for (const [partition, keys] of keysOfPartitions(prefix, service, count).entries()) {
      yield* this.listOf(kind, partition, deadOf(keys, kind));
    }
  }

  private async *listOf(kind: SetAsideKind, partition: number, dead: string): AsyncGenerator<SetAside> {
    let from = '-';
    for (;;) {
      const entries = await this.options.redis.xrange(dead, from, '+', 'COUNT', PAGE);
      for (const entry of entries) yield decode({ kind, partition }, entry);
      if (entries.length < PAGE) return;
      from = `(${entries.at(-1)![0]}`;
    }
  }

  /** Returns undefined if it is not there. */
  async read(kind: SetAsideKind, id: string): Promise<SetAside | undefined> {
    const place = this.placeOf(kind, id);
    const [entry] = await this.options.redis.xrange(place.dead, place.id, place.id);
    return entry && decode(place, entry);
  }

  /**
   * Puts it back, for the service that set it aside and for no other. Nobody waits for the reply to a request; it keeps its
   * idempotency key. It leaves what is set aside, and comes back under another id if it fails again.
   *
   * @param deadlineMs of a request, from now.
   * @returns whether this call did it; false if it is not there.
   * @throws Error if its payload is not whole, or no packet, or the deadline is out of the bounds of a client's.
   */
  async replay(kind: SetAsideKind, id: string, deadlineMs = 60_000): Promise<boolean> {
    const item = await this.read(kind, id);
    if (item === undefined) return false;
    if (item.isCut) throw new Error('Its payload is not whole');
    const { redis } = this.options;
    const { dead, keys, id: entryId } = this.placeOf(kind, id);
    if (kind === 'events') {
      const fields = eventFields(item, this.options.service);
      return replayEntry(redis, { dead, stream: eventStream(keys, item.publisher) }, { id: entryId, fields });
    }
    const [, least, most] = CLIENT_BOUNDS.deadlineMs;
    if (!(deadlineMs >= least && deadlineMs <= most)) {
      throw new RangeError(`deadlineMs must be from ${least} to ${most}`);
    }
    const names = { dead, stream: keys.requests(), depth: keys.depth() };
    return replayEntry(redis, names, { id: entryId, fields: requestFields(item, deadlineMs) });
  }

  private placeOf(kind: SetAsideKind, given: string) {
    const { service, prefix = 'rpc' } = this.options;
    const [id = '', partition = '0'] = given.split('@');
    const keys = new TransportKeys(prefix, service, Number(partition));
    return { kind, keys, id, partition: Number(partition), dead: deadOf(keys, kind) };
  }
}

const deadOf = (keys: TransportKeys, kind: SetAsideKind): string =>
  kind === 'events' ? keys.eventsDead() : keys.dead();

function decode(
  { kind, partition }: { kind: SetAsideKind; partition: number },
  [id, fields]: RawEntry,
): SetAside {
  const text = (name: string) => field(fields ?? [], name) ?? '';
  const idempotencyKey = field(fields ?? [], 'key');
  const publisher = field(fields ?? [], 'publisher');
  const payload = text('payload');
  return {
    kind,
    id: partition === 0 ? id : `${id}@${partition}`,
    pattern: text('pattern'),
    tries: Number(text('tries')),
    reason: text('reason'),
    requestedAt: Number(text('requestedAt')),
    setAsideAt: Number(id.slice(0, id.indexOf('-'))),
    payload,
    // The version before cut payloads without saying so. For one release longer.
    isCut: text('cut') !== '' || (text('v') === '' && !isJson(payload)),
    ...(idempotencyKey !== undefined && { idempotencyKey }),
    ...(publisher !== undefined && { publisher }),
    isBroadcast: text('broadcast') === '1',
  };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function eventFields({ pattern, payload, isBroadcast }: SetAside, service: string): string[] {
  const fields = ['v', String(ENTRY_VERSION), 'p', pattern, 'e', payload, 'g', service];
  return isBroadcast ? [...fields, 'w', '1'] : fields;
}

function requestFields({ payload, idempotencyKey, pattern }: SetAside, deadlineMs: number): string[] {
  if (pattern === '' || !isJson(payload)) throw new Error('It is no request that can be read');
  const key = idempotencyKey === undefined ? '' : `"k":${JSON.stringify([[0, idempotencyKey]])},`;
  const body = `{"c":"set-aside.${randomUUID()}","t":${deadlineMs},${key}"p":[${payload}]}`;
  return ['v', String(ENTRY_VERSION), 'n', '1', 'b', body];
}
