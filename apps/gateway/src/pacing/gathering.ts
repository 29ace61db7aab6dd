import { AppError } from '@parley/protocol';
import { processLoad, type Waits } from './load.js';

/** Milliseconds after which a request without an answer no longer holds back the items that came after it. */
export const HOLDS_BACK_MS = 20;
/** Milliseconds from a request to the next one in a saturated process, answered or not: for each item but its first, and at most. */
const DELAY_MS_PER_ITEM = 4;
export const LONGEST_DELAY_MS = 20;
/** Most items of one request: what the services do in one step. */
export const ITEMS_PER_REQUEST = 256;

/** What is gathered, and how it is asked for. */
export interface GatheringOptions<Item, Result> {
  /**
   * Sends one request for many items, and gives each its result, or the error that it failed with, as soon as that is known.
   * Rejects with the error of the items that have none.
   */
  readonly ask: (
    items: readonly Item[],
    deadlineMs: number,
    settle: (place: number, result: Result | AppError) => void,
  ) => Promise<void>;
  /** Time within which each item is answered, in milliseconds. */
  readonly deadlineMs: number;
  /** How much of `sizePerRequest` an item takes. */
  readonly sizeOf?: (item: Item) => number;
  readonly sizePerRequest?: number;
  /** In a busy process the next request is delayed after one for many items, so that a crowd makes few requests. */
  readonly delays?: boolean;
  /** Decides how long it is delayed: by default, the load of this process. */
  readonly load?: Waits;
}

/** An item without a result. */
interface Pending<Item, Result> {
  readonly item: Item;
  /** When it must be answered, by `performance.now()`. */
  readonly deadlineAt: number;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Turns what many connections ask of a service into few requests. Items that arrive in one turn of the event loop, or
 * while the previous request is under way, share a request. So a lone item waits for nothing, and requests grow with the
 * load. A request that takes long (its replica has died, say) holds others back for 20 ms at most.
 *
 * With `delays`, the next request of a busy process waits longer the more items came together, up to 20 ms: from about 300
 * items per second on, a request carries what arrives in that time.
 */
export class Gathering<Item, Result> {
  private waiting: Pending<Item, Result>[] = [];
  /** The request that new items wait for. */
  private holder: readonly Pending<Item, Result>[] | undefined;
  private holds: NodeJS.Timeout | undefined;
  private delayedUntil = 0;
  private scheduled = false;

  constructor(private readonly options: GatheringOptions<Item, Result>) {}

  /** Resolves with the item's own result, or rejects with its own error, before the others of its request have theirs. */
  request(item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      const deadlineAt = performance.now() + this.options.deadlineMs;
      this.waiting.push({ item, deadlineAt, resolve, reject });
      this.schedule();
    });
  }

  private schedule(): void {
    if (this.scheduled || this.holder !== undefined) return;
    this.scheduled = true;
    // After this turn's reads: items from other sockets share the request.
    setImmediate(() => {
      this.scheduled = false;
      this.flush();
    });
  }

  private flush(): void {
    const batch = this.nextBatch();
    if (batch.length === 0) return;
    this.holder = batch;
    this.delayedUntil = performance.now() + this.delayAfter(batch);
    this.holds = setTimeout(() => this.letGo(batch), HOLDS_BACK_MS);
    void this.send(batch);
  }

  private delayAfter(batch: readonly Pending<Item, Result>[]): number {
    // Items that a full request left over do not wait longer than they must.
    if (!this.options.delays || this.waiting.length > 0) return 0;
    const { load = processLoad } = this.options;
    return load.wait(Math.min(LONGEST_DELAY_MS, (batch.length - 1) * DELAY_MS_PER_ITEM));
  }

  private nextBatch(): Pending<Item, Result>[] {
    const { sizeOf, sizePerRequest = Number.POSITIVE_INFINITY } = this.options;
    let size = 0;
    const past = this.waiting.findIndex(({ item }, place) => {
      size += sizeOf?.(item) ?? 0;
      return place >= ITEMS_PER_REQUEST || (place > 0 && size > sizePerRequest);
    });
    return this.waiting.splice(0, past < 0 ? this.waiting.length : past);
  }

  private async send(batch: readonly Pending<Item, Result>[]): Promise<void> {
    // The first item has waited longest, for requests with no longer deadlines: some time is always left.
    const deadlineMs = Math.max(1, Math.floor(batch[0]!.deadlineAt - performance.now()));
    let left = batch.length;
    try {
      await this.options.ask(
        batch.map(({ item }) => item),
        deadlineMs,
        (place, result) => {
          left -= 1;
          if (result instanceof AppError) batch[place]!.reject(result);
          else batch[place]!.resolve(result);
        },
      );
      if (left > 0) throw new AppError('INTERNAL', { cause: new Error('an item got no result') });
    } catch (error) {
      // Without effect on the items that are settled.
      for (const { reject } of batch) reject(error);
    }
    this.letGo(batch);
  }

  private letGo(batch: readonly Pending<Item, Result>[]): void {
    if (this.holder !== batch) return;
    clearTimeout(this.holds);
    const delayMs = Math.ceil(this.delayedUntil - performance.now());
    if (delayMs > 0) {
      this.holds = setTimeout(() => this.letGo(batch), delayMs);
      return;
    }
    this.holder = undefined;
    this.flush();
  }
}
