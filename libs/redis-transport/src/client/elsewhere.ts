import { RedisTransportError } from '../transport-error.js';
import { NO_HANDLER } from '../wire-format.js';
import type { PendingRequest } from './pending-request.js';

/** The pause (ms) before a request is sent again; it doubles each time, up to the longest. */
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 500;
/** How often a request is sent again: after about 3 s it has failed. */
const MOST_TIMES = 8;

/**
 * Leaves a request that a replica has no handler for to one that has. While a service is replaced by another version, the
 * replicas know different patterns, and which of them reads a request is a matter of chance.
 */
export class Elsewhere {
  /** @param send sends a request again. */
  constructor(private readonly send: (request: PendingRequest) => void) {}

  /** A replica has taken the request and not handled it. */
  try(request: PendingRequest): void {
    if (!request.live || request.isUnhandled) return;
    request.isUnhandled = true;
    const times = request.timesUnhandled++;
    if (times === MOST_TIMES || request.traits.failsWhenUnhandled) {
      request.fail(new RedisTransportError('NO_HANDLER', NO_HANDLER));
      return;
    }
    const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** times);
    setTimeout(() => this.again(request), pauseMs).unref();
  }

  private again(request: PendingRequest): void {
    if (!request.live) return;
    request.isUnhandled = false;
    request.isStored = false;
    this.send(request);
  }
}
