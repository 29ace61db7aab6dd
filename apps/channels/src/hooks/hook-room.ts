import { AppError } from '@parley/protocol';
import { hookBytesWaiting, hookCallsWaiting } from '../metrics.js';

/** Time after which a refused request may be repeated, in milliseconds. */
const RETRY_AFTER_MS = 500;

/** What may wait for hooks in this process. */
export interface HookBounds {
  readonly calls: number;
  readonly bytes: number;
}

/** Bounds the calls of hooks that are under way: each keeps its request, and one of the requests that a replica handles at once. */
export class HookRoom {
  private calls = 0;
  private bytes = 0;

  constructor(private readonly most: HookBounds) {}

  /**
   * Makes room for a call.
   * @returns gives the room back; to be called once.
   * @throws AppError OVERLOADED where there is none.
   */
  enter(bytes: number): () => void {
    if (this.calls >= this.most.calls || this.bytes + bytes > this.most.bytes)
      throw new AppError('OVERLOADED', { retryAfterMs: RETRY_AFTER_MS });
    this.count(1, bytes);
    return () => this.count(-1, -bytes);
  }

  private count(calls: number, bytes: number): void {
    this.calls += calls;
    this.bytes += bytes;
    hookCallsWaiting.set(this.calls);
    hookBytesWaiting.set(this.bytes);
  }
}
