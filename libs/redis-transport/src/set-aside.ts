import { randomUUID } from 'node:crypto';
import { eventStream, TransportKeys } from './redis/keys.js';
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
  /** Its id in the stream of what is set aside. */
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
  private readonly keys: TransportKeys;

  constructor(private readonly options: SetAsideOptions) {
    this.keys = new TransportKeys(options.prefix ?? 'rpc', options.service);
  }

  /** Returns what is set aside now, the oldest first. */
  async *list(kind: SetAsideKind): AsyncGenerator<SetAside> {
    let from = '-';
    for (;;) {
      const entries = await this.options.redis.xrange(this.dead(kind), from, '+', 'COUNT', PAGE);
      for (const entry of entries) yield decode(kind, entry);
      if (entries.length < PAGE) return;
      from = `(${entries.at(-1)![0]}`;
    }
  }

  /** Returns undefined if it is not there. */
  async read(kind: SetAsideKind, id: string): Promise<SetAside | undefined> {
    const [entry] = await this.options.redis.xrange(this.dead(kind), id, id);
    return entry && decode(kind, entry);
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
    if (kind === 'events') {
      const fields = eventFields(item, this.options.service);
      return replayEntry(
        redis,
        { dead: this.dead(kind), stream: eventStream(this.keys, item.publisher) },
        { id, fields },
      );
    }
    const [, least, most] = CLIENT_BOUNDS.deadlineMs;
    if (!(deadlineMs >= least && deadlineMs <= most)) {
      throw new RangeError(`deadlineMs must be from ${least} to ${most}`);
    }
    const names = { dead: this.dead(kind), stream: this.keys.requests(), depth: this.keys.depth() };
    return replayEntry(redis, names, { id, fields: requestFields(item, deadlineMs) });
  }

  private dead(kind: SetAsideKind): string {
    return kind === 'events' ? this.keys.eventsDead() : this.keys.dead();
  }
}

function decode(kind: SetAsideKind, [id, fields]: RawEntry): SetAside {
  const text = (name: string) => field(fields ?? [], name) ?? '';
  const idempotencyKey = field(fields ?? [], 'key');
  const publisher = field(fields ?? [], 'publisher');
  const payload = text('payload');
  return {
    kind,
    id,
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
