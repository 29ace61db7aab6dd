import { LRUCache } from 'lru-cache';

/** Injection token of the {@link DeliveryStore}. */
export const DELIVERY_STORE = Symbol('delivery store');

/**
 * Marks of the requests and events that came. With several replicas of an app, give `ParleyModule` one that they share: in Redis, say,
 * `claim` is `SET mark 1 NX PX ttlMs`, `has` is `EXISTS mark`, and `release` is `DEL mark`.
 */
export interface DeliveryStore {
  /**
   * Sets a mark, unless it is there. Atomic.
   * @returns whether this call has set it.
   */
  claim(mark: string, ttlMs: number): Promise<boolean>;
  has(mark: string): Promise<boolean>;
  release(mark: string): Promise<void>;
}

/** Marks that are kept, some 200 bytes each. The one that was set longest ago is forgotten. */
const MARKS = 50_000;

/** The {@link DeliveryStore} of one process. */
export class MemoryDeliveryStore implements DeliveryStore {
  private readonly marks: LRUCache<string, true>;

  constructor(most = MARKS) {
    this.marks = new LRUCache({ max: most });
  }

  async claim(mark: string, ttl: number): Promise<boolean> {
    if (this.marks.has(mark)) return false;
    this.marks.set(mark, true, { ttl });
    return true;
  }

  async has(mark: string): Promise<boolean> {
    return this.marks.has(mark);
  }

  async release(mark: string): Promise<void> {
    this.marks.delete(mark);
  }
}
