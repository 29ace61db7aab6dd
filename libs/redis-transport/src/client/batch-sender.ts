import type { LoggerService } from '@nestjs/common';
import { faultKind, transportErrorFor } from '../redis-fault.js';
import type { RedisTransportError } from '../transport-error.js';
import { type Batch, BatchWindow } from './batch-window.js';

/** How long (ms) until a batch that Redis could not store is sent again. */
const AGAIN_AFTER_MS = 100;

/** One item of a batch. */
export interface BatchItem {
  /** Its JSON. */
  readonly json: string;
  /** Whether a caller still waits for it. A batch leaves out items that are not live. */
  readonly live: boolean;
  /** Whether Redis takes it even at `maxmemory`. */
  readonly evenWhenFull?: boolean;
  /** Called when Redis has stored it. */
  stored(): void;
  /** Called when it will not be stored. */
  refused(error: RedisTransportError): void;
}

export interface BatchSenderOptions<T> {
  batchMax: number;
  batchBytes: number;
  /** What an item counts as; 1 if absent. */
  weightOf?: (item: T) => number;
  /** The most that a batch may count as, unless it has one item only. */
  mostWeight?: number;
  /** Sends a batch. Returns -1 if it is stored, otherwise how much fits. */
  submit: (batch: number, items: T[], evenWhenFull: boolean) => Promise<number>;
  /** The error for items that do not fit. */
  overloaded: () => RedisTransportError;
  logger: LoggerService;
}

/**
 * Collects the items of one turn of the event loop and sends them as few batches.
 *
 * A batch keeps its number until Redis has answered. If the connection breaks first, the batch is sent again with the same
 * number, without the items that nobody waits for any more, and Redis stores it only if it has not done so before.
 */
export class BatchSender<T extends BatchItem> {
  private queue: T[] = [];
  private isScheduled = false;
  private isOpen = false;
  private againTimer?: NodeJS.Timeout;
  private readonly batches = new BatchWindow<T>();
  private idleWaiters: (() => void)[] = [];
  /** Batches sent, repetitions included. */
  sentCount = 0;

  constructor(private readonly options: BatchSenderOptions<T>) {}

  add(item: T): void {
    this.queue.push(item);
    this.schedule();
  }

  /** Redis can be reached: sends what waits, starting with the batches without an answer. */
  open(): void {
    this.isOpen = true;
    this.sendAgain();
    this.flush();
  }

  /** Redis cannot be reached: everything waits. */
  pause(): void {
    this.isOpen = false;
  }

  /** Resolves when nothing waits to be stored. */
  whenIdle(): Promise<void> {
    if (this.isIdle()) return Promise.resolve();
    return new Promise((resolve) => this.idleWaiters.push(resolve));
  }

  /** Forgets everything. Returns the items that are not known to be stored. */
  abandon(): T[] {
    this.isOpen = false;
    clearTimeout(this.againTimer);
    const batches = this.batches.all();
    const left = [...batches.flatMap((batch) => batch.items), ...this.queue];
    for (const batch of batches) this.batches.delete(batch);
    this.queue = [];
    return left;
  }

  private isIdle(): boolean {
    return this.queue.length === 0 && this.batches.isEmpty;
  }

  private schedule(): void {
    if (this.isScheduled) return;
    this.isScheduled = true;
    // After the poll phase, so that everything that this turn's input causes goes together. A single item waits for nothing.
    setImmediate(() => {
      this.isScheduled = false;
      this.flush();
    });
  }

  private flush(): void {
    let from = 0;
    while (this.isOpen && from < this.queue.length && !this.batches.isFull) {
      const to = this.chunkEnd(from);
      const items = this.queue.slice(from, to);
      from = to;
      this.send(this.batches.add(items));
    }
    if (from > 0) this.queue = from === this.queue.length ? [] : this.queue.slice(from);
    this.settleIdle();
  }

  private chunkEnd(from: number): number {
    const { batchMax, batchBytes, weightOf, mostWeight = Number.POSITIVE_INFINITY } = this.options;
    const last = Math.min(this.queue.length, from + batchMax);
    let bytes = 0;
    let weight = 0;
    for (let at = from; at < last; at++) {
      const item = this.queue[at]!;
      bytes += item.json.length;
      if (weightOf) weight += weightOf(item);
      if ((bytes > batchBytes || weight > mostWeight) && at > from) return at;
    }
    return last;
  }

  private send(batch: Batch<T>): void {
    batch.items = batch.items.filter((item) => item.live);
    if (batch.items.length === 0) {
      this.batches.delete(batch);
      return;
    }
    batch.flying = true;
    this.sentCount++;
    this.submit(batch)
      .then(
        (room) => this.answered(batch, room),
        (error: unknown) => this.failed(batch, error),
      )
      .catch((error: unknown) => this.options.logger.error(error));
  }

  private submit({ number, items, evenWhenFull = false }: Batch<T>): Promise<number> {
    try {
      return this.options.submit(number, items, evenWhenFull);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  private answered(batch: Batch<T>, room: number): void {
    if (!this.batches.delete(batch)) return;
    if (room < 0) for (const item of batch.items) item.stored();
    else this.refuse(batch, room);
    if (this.queue.length > 0) this.flush();
    else this.settleIdle();
  }

  /** Sends the items that fit as a batch of their own: the bound is exact, whatever the size of a batch. */
  private refuse(batch: Batch<T>, room: number): void {
    const fitting = batch.remainder || this.batches.isFull ? 0 : this.countThatFits(batch.items, room);
    const error = this.options.overloaded();
    for (const item of batch.items.slice(fitting)) item.refused(error);
    if (fitting > 0) {
      const { evenWhenFull = false } = batch;
      this.send(this.batches.add(batch.items.slice(0, fitting), { remainder: true, evenWhenFull }));
    }
  }

  private countThatFits(items: readonly T[], room: number): number {
    const { weightOf = () => 1 } = this.options;
    let left = room;
    const first = items.findIndex((item) => {
      left -= weightOf(item);
      return left < 0;
    });
    return first < 0 ? items.length : first;
  }

  private failed(batch: Batch<T>, error: unknown): void {
    if (!this.batches.has(batch)) return;
    batch.flying = false;
    const kind = faultKind(error);
    if (kind === 'lost' || kind === 'not-now') {
      this.scheduleAgain();
      return;
    }
    this.batches.delete(batch);
    if (kind === 'refused') this.options.logger.error(error);
    const isSentOn = kind === 'full' && !batch.evenWhenFull && !this.batches.isFull;
    const sentOn = isSentOn ? batch.items.filter(({ evenWhenFull }) => evenWhenFull) : [];
    const refusal = transportErrorFor(error);
    for (const item of batch.items) if (!sentOn.includes(item)) item.refused(refusal);
    // Only now, and not with every batch: what Redis takes at `maxmemory` is told apart only when it is there.
    if (sentOn.length > 0) this.send(this.batches.add(sentOn, { evenWhenFull: true }));
    this.flush();
  }

  private scheduleAgain(): void {
    if (this.againTimer) return;
    this.againTimer = setTimeout(() => {
      this.againTimer = undefined;
      if (!this.isOpen) return;
      this.sendAgain();
      this.flush();
    }, AGAIN_AFTER_MS);
  }

  private sendAgain(): void {
    for (const batch of this.batches.all()) if (!batch.flying) this.send(batch);
  }

  private settleIdle(): void {
    if (this.idleWaiters.length === 0 || !this.isIdle()) return;
    const waiters = this.idleWaiters;
    this.idleWaiters = [];
    for (const resolve of waiters) resolve();
  }
}
