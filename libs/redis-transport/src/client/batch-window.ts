import { BATCH_WINDOW } from '../redis/enqueue-requests.js';

/** What a batch is. */
export interface BatchTraits {
  /** The part of a batch that did fit: it is not split again. */
  readonly remainder?: boolean;
  /** The part of a batch that Redis takes although it has no memory left. */
  readonly evenWhenFull?: boolean;
}

/** A batch without an answer from Redis. */
export interface Batch<T> extends BatchTraits {
  readonly number: number;
  items: T[];
  /** Sent, but not answered. */
  flying: boolean;
}

/**
 * The batches without an answer, with numbers that rise by one: no more than Redis remembers, in a ring like that of Redis.
 * Not in a `Map`: serial-map.ts says why.
 */
export class BatchWindow<T> {
  private readonly ring = new Array<Batch<T> | undefined>(BATCH_WINDOW).fill(undefined);
  /** Batches below this number are answered. */
  private oldest = 1;
  private next = 1;

  /** Call only if `isFull` is false. */
  add(items: T[], traits: BatchTraits = {}): Batch<T> {
    const batch = { number: this.next++, items, flying: false, ...traits };
    this.ring[batch.number % BATCH_WINDOW] = batch;
    return batch;
  }

  has(batch: Batch<T>): boolean {
    return this.ring[batch.number % BATCH_WINDOW] === batch;
  }

  /** Returns whether the batch was there. */
  delete(batch: Batch<T>): boolean {
    if (!this.has(batch)) return false;
    this.ring[batch.number % BATCH_WINDOW] = undefined;
    while (this.oldest < this.next && !this.ring[this.oldest % BATCH_WINDOW]) this.oldest++;
    return true;
  }

  get isEmpty(): boolean {
    return this.oldest === this.next;
  }

  get isFull(): boolean {
    return this.next - this.oldest >= BATCH_WINDOW;
  }

  /** As of now, oldest first. */
  all(): Batch<T>[] {
    const batches: Batch<T>[] = [];
    for (let number = this.oldest; number < this.next; number++) {
      const batch = this.ring[number % BATCH_WINDOW];
      if (batch) batches.push(batch);
    }
    return batches;
  }
}
