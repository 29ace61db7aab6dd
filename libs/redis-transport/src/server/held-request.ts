import type { IncomingRequest } from '@nestjs/microservices';
import { entryTime, field, type RequestBatch } from '../wire-format.js';

/** A stream entry that this replica has in hand. */
export class HeldEntry {
  /** Requests that are not finished. */
  left = 0;
  /** Whether the `partial` hash may hold marks for it. */
  marked = false;

  constructor(
    readonly id: string,
    /** Its requests when it was stored, which the queue's count falls by. */
    readonly size: number,
    /** The number of this delivery, from 1. */
    readonly tries: number,
    readonly batch: RequestBatch,
  ) {}

  /** The client's id, and whether it wants sharded publication. */
  get sharded(): boolean {
    return this.batch.c.startsWith('+');
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
    readonly packet: IncomingRequest,
    /** By Redis's clock, ms. */
    readonly deadline: number,
    readonly idempotencyKey: string | undefined,
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

/** @throws Error if no client of this transport wrote the entry. */
export function decodeEntry(
  id: string,
  fields: readonly string[],
  tries: number,
  finished = NONE,
): DecodedEntry {
  const batch = JSON.parse(field(fields, 'b') ?? '') as RequestBatch;
  if (typeof batch?.c !== 'string' || !Array.isArray(batch.p)) throw new Error('not a batch of requests');
  const entry = new HeldEntry(id, Number(field(fields, 'n') ?? 1), tries, batch);
  entry.marked = finished.size > 0;
  const storedAt = entryTime(batch.o ?? id);
  const keys = batch.k ? new Map(batch.k) : undefined;
  const requests: HeldRequest[] = [];
  for (let index = 0; index < batch.p.length; index++) {
    if (finished.has(index)) continue;
    const timeLeft = typeof batch.t === 'number' ? batch.t : (batch.t[index] ?? 0);
    requests.push(
      new HeldRequest(entry, index, batch.p[index] as IncomingRequest, storedAt + timeLeft, keys?.get(index)),
    );
  }
  entry.left = requests.length;
  return { entry, requests };
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
