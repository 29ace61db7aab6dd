import { AppError } from '@parley/protocol';
import { hookBytesWaiting, hookCallsWaiting } from '../metrics.js';

/** Time after which a refused request may be repeated, in milliseconds. */
const RETRY_AFTER_MS = 500;

/** What may wait for hooks in this process. */
export interface HookBounds {
  readonly calls: number;
  readonly bytes: number;
  /** Calls about what one user does. */
  readonly callsPerUser: number;
}

/** Bounds the calls of hooks that are under way: each keeps its request, and one of the requests that a replica handles at once. */
export class HookRoom {
  private calls = 0;
  private bytes = 0;
  private readonly callsOf = new Map<string, number>();

  constructor(private readonly most: HookBounds) {}

  /**
   * Makes room for a call about what a user does.
   * @returns gives the room back; to be called once.
   * @throws AppError RATE_LIMITED for a user who has as many as one may have, OVERLOADED where there is no room for anybody.
   */
  enter(bytes: number, userUUID: string): () => void {
    if ((this.callsOf.get(userUUID) ?? 0) >= this.most.callsPerUser) throw refusal('RATE_LIMITED');
    if (this.calls >= this.most.calls || this.bytes + bytes > this.most.bytes) throw refusal('OVERLOADED');
    this.count(1, bytes, userUUID);
    return () => this.count(-1, -bytes, userUUID);
  }

  private count(calls: number, bytes: number, userUUID: string): void {
    this.calls += calls;
    this.bytes += bytes;
    const own = (this.callsOf.get(userUUID) ?? 0) + calls;
    if (own > 0) this.callsOf.set(userUUID, own);
    else this.callsOf.delete(userUUID);
    hookCallsWaiting.set(this.calls);
    hookBytesWaiting.set(this.bytes);
  }
}

const refusal = (name: 'RATE_LIMITED' | 'OVERLOADED') => new AppError(name, { retryAfterMs: RETRY_AFTER_MS });
