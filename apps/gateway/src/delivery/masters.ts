import type { LogId } from '@parley/contracts';
import pLimit, { type LimitFunction } from 'p-limit';

/** Injection token of {@link MasterOf}. */
export const MASTER_OF = Symbol('master of a log');
/** The master that holds a log; '' for all of them when there is only one. What waits for one must not hold back the others. */
export type MasterOf = (log: LogId) => string;

/**
 * The most pages that one gateway reads at the same time from one master of Redis, of logs and of history each. 16 hold about
 * 4 MiB, and the load stays the same however many members fall behind and however many clients ask.
 */
export const READS_AT_ONCE = 16;

/** Bounds how many pages are read at once. Each master has slots of its own. */
export class PageSlots {
  private readonly limits = new Map<string, LimitFunction>();

  constructor(private readonly masterOf: MasterOf) {}

  /** Reads a page of a log as soon as its master has a slot. */
  run<T>(log: LogId, read: () => Promise<T>): Promise<T> {
    const master = this.masterOf(log);
    const limit = this.limits.get(master) ?? pLimit(READS_AT_ONCE);
    this.limits.set(master, limit);
    return limit(read);
  }
}
