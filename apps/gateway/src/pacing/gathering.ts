/** When a request without an answer no longer holds back what came after it, in milliseconds. */
const HOLDS_BACK_MS = 20;
/** For how long a request is the last one, answered or not, in milliseconds: for each item but its first, and at most. */
const REST_MS_PER_ITEM = 4;
const LONGEST_REST_MS = 50;
/** Items of one request at most: what the services do in one step. */
const ITEMS_PER_REQUEST = 256;

/** What is gathered, and how it is asked for. */
export interface GatheringOptions<Item, Result> {
  /** Sends one request of many; resolves with a result for each, in their order. */
  readonly ask: (items: readonly Item[], deadlineMs: number) => Promise<readonly Result[]>;
  /** Time within which each item is answered, in milliseconds. */
  readonly deadlineMs: number;
  /** How much of a request an item takes, of `sizePerRequest`. */
  readonly sizeOf?: (item: Item) => number;
  readonly sizePerRequest?: number;
  /** After a request of many the next waits, though nothing holds it back, so that a crowd makes few requests. */
  readonly rests?: boolean;
}

/** An item without a result. */
interface Pending<Item, Result> {
  readonly item: Item;
  /** By when it is answered, of `performance.now()`. */
  readonly deadlineAt: number;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * What many connections ask of a service, as few requests: what comes in one turn of the event loop, or while the request
 * before is under way, goes as one. So a lone item waits for nothing, and under load the requests grow by themselves. A
 * request that takes long (its replica has died, say) holds others back for 20 ms at most.
 *
 * Where it rests, the next request waits the longer the more came together, for 50 ms at most: once processes are busy, so
 * that requests take their time and grow, from about 250 items per second on they grow to what comes in that time.
 */
export class Gathering<Item, Result> {
  private waiting: Pending<Item, Result>[] = [];
  /** The request that what comes now waits for. */
  private holder: readonly Pending<Item, Result>[] | undefined;
  private holds: NodeJS.Timeout | undefined;
  private restsUntil = 0;
  private scheduled = false;

  constructor(private readonly options: GatheringOptions<Item, Result>) {}

  /** Resolves with the item's own result; rejects as the request does that it was part of. */
  add(item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      const deadlineAt = performance.now() + this.options.deadlineMs;
      this.waiting.push({ item, deadlineAt, resolve, reject });
      this.schedule();
    });
  }

  private schedule(): void {
    if (this.scheduled || this.holder !== undefined) return;
    this.scheduled = true;
    // Behind the reading of this turn: what other sockets bring goes along.
    setImmediate(() => {
      this.scheduled = false;
      this.flush();
    });
  }

  private flush(): void {
    const batch = this.take();
    if (batch.length === 0) return;
    this.holder = batch;
    this.restsUntil = performance.now() + this.restAfter(batch);
    this.holds = setTimeout(() => this.letGo(batch), HOLDS_BACK_MS);
    void this.send(batch);
  }

  private restAfter(batch: readonly Pending<Item, Result>[]): number {
    // What a full request has left over waits no longer than it has to.
    if (!this.options.rests || this.waiting.length > 0) return 0;
    return Math.min(LONGEST_REST_MS, (batch.length - 1) * REST_MS_PER_ITEM);
  }

  private take(): Pending<Item, Result>[] {
    const { sizeOf, sizePerRequest = Number.POSITIVE_INFINITY } = this.options;
    let size = 0;
    const past = this.waiting.findIndex(({ item }, place) => {
      size += sizeOf?.(item) ?? 0;
      return place >= ITEMS_PER_REQUEST || (place > 0 && size > sizePerRequest);
    });
    return this.waiting.splice(0, past < 0 ? this.waiting.length : past);
  }

  private async send(batch: readonly Pending<Item, Result>[]): Promise<void> {
    // The first has waited longest, for other requests of no longer deadlines: some time is always left.
    const deadlineMs = Math.max(1, Math.floor(batch[0]!.deadlineAt - performance.now()));
    try {
      const results = await this.options.ask(
        batch.map(({ item }) => item),
        deadlineMs,
      );
      for (const [place, { resolve }] of batch.entries()) resolve(results[place]!);
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
    this.letGo(batch);
  }

  private letGo(batch: readonly Pending<Item, Result>[]): void {
    if (this.holder !== batch) return;
    clearTimeout(this.holds);
    const restMs = Math.ceil(this.restsUntil - performance.now());
    if (restMs > 0) {
      this.holds = setTimeout(() => this.letGo(batch), restMs);
      return;
    }
    this.holder = undefined;
    this.flush();
  }
}
