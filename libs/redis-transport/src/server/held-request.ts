import { CLIENT_BOUNDS } from '../transport-options.js';
import { checkVersion, countField, entryTime, field, type RequestBatch } from '../wire-format.js';

/** A client's id, after a `+` for sharded publication. It becomes part of a channel's name. */
const CLIENT = /^\+?[\w.-]{1,128}$/;
const ORIGIN = /^\d{1,20}-\d{1,20}\/\d{1,6}$/;

/** A stream entry that this replica has in hand. */
export class HeldEntry {
  /** Requests that are not finished. */
  left = 0;
  /** Whether the `partial` hash may hold marks for it. */
  marked = false;
  /** Another replica has taken it over: this one settles nothing of it. */
  isLost = false;

  constructor(
    readonly id: string,
    /** What it counts as in the queue, whose count falls by that. */
    readonly size: number,
    /** The number of this delivery, from 1. */
    readonly tries: number,
    readonly batch: RequestBatch,
  ) {}

  /** The client's id, and whether it wants sharded publication. */
  get sharded(): boolean {
    return this.batch.c.startsWith('+');
  }

  /** Whether none of its requests was sent or delivered before: then what is refused has had no effect. */
  get isFirst(): boolean {
    return this.tries === 1 && this.batch.f === 1;
  }

  get clientId(): string {
    return this.sharded ? this.batch.c.slice(1) : this.batch.c;
  }
}

/** One request in hand. */
export class HeldRequest {
  /** The packet's id, known after deserialization. */
  id = '';
  /** Packets of its reply so far. */
  replied = 0;
  /** Whether it is settled. Further results of its handler are then ignored. */
  isDone = false;

  constructor(
    readonly entry: HeldEntry,
    readonly index: number,
    /** As the client's serializer left it. */
    readonly packet: unknown,
    /** By Redis's clock, ms. */
    readonly deadline: number,
    readonly idempotencyKey: string | undefined,
    /** Why it cannot be handled, if so. */
    readonly fault?: string,
  ) {}

  /** `<entry id>/<index>` of the request's first storage: the same at each delivery, and when it is split off. */
  get origin(): string {
    return this.entry.batch.o ?? `${this.entry.id}/${this.index}`;
  }

  /** When it was first stored, in ms by Redis's clock. */
  get storedAt(): number {
    return entryTime(this.origin);
  }

  /** Names the request at its client: the same if the client sends it again. */
  get asker(): string {
    return `${this.entry.clientId}/${this.id}`;
  }
}

/** An entry and its requests that still have to be handled. */
export interface DecodedEntry {
  entry: HeldEntry;
  requests: HeldRequest[];
}

const NONE: ReadonlySet<number> = new Set();

/** @throws Error if no client of this transport wrote the entry. Its message quotes nothing of the entry. */
export function decodeEntry(
  id: string,
  fields: readonly string[],
  tries: number,
  finished = NONE,
): DecodedEntry {
  checkVersion(fields);
  const batch = readBatch(field(fields, 'b') ?? '');
  const size = countField(fields, 'n', 1);
  // A large request counts as several.
  if (size < batch.p.length) throw new Error('not a batch of requests: it has more than it says');
  const entry = new HeldEntry(id, size, tries, batch);
  entry.marked = finished.size > 0;
  const storedAt = entryTime(batch.o ?? id);
  const keys = batch.k && new Map(batch.k);
  const requests: HeldRequest[] = [];
  for (let index = 0; index < batch.p.length; index++) {
    if (finished.has(index)) continue;
    const deadline = storedAt + timeLeft(batch.t, index);
    const key: unknown = keys?.get(index);
    // Without its key it must not run: it might run a second time.
    const isFaulty = key !== undefined && typeof key !== 'string';
    requests.push(
      isFaulty
        ? new HeldRequest(entry, index, batch.p[index], deadline, undefined, 'its key is not a string')
        : new HeldRequest(entry, index, batch.p[index], deadline, key),
    );
  }
  entry.left = requests.length;
  return { entry, requests };
}

function readBatch(text: string): RequestBatch {
  let batch: Partial<Record<keyof RequestBatch, unknown>> | null;
  try {
    batch = JSON.parse(text);
  } catch {
    // JSON.parse quotes the text.
    throw new Error('not a batch of requests: not JSON');
  }
  const isOurs =
    typeof batch?.c === 'string' &&
    CLIENT.test(batch.c) &&
    Array.isArray(batch.p) &&
    (batch.k === undefined || (Array.isArray(batch.k) && batch.k.every(isIndexed))) &&
    (batch.o === undefined || (typeof batch.o === 'string' && ORIGIN.test(batch.o) && batch.p.length === 1));
  if (!isOurs) throw new Error('not a batch of requests');
  return batch as RequestBatch;
}

function isIndexed(item: unknown): boolean {
  return Array.isArray(item) && Number.isInteger(item[0]);
}

/** Milliseconds; none if the client did not say how long. */
function timeLeft(times: unknown, index: number): number {
  const time: unknown = Array.isArray(times) ? times[index] : times;
  const [, , longest] = CLIENT_BOUNDS.deadlineMs;
  return typeof time === 'number' ? Math.min(time, longest) : 0;
}

/** The body of a separate entry for one request of a batch. */
export function bodyOfOne(request: HeldRequest): string {
  const { batch } = request.entry;
  const body: RequestBatch = {
    c: batch.c,
    t: request.deadline - request.storedAt,
    ...(request.idempotencyKey === undefined ? {} : { k: [[0, request.idempotencyKey]] }),
    o: request.origin,
    p: [request.packet],
  };
  return JSON.stringify(body);
}
