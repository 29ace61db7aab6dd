import { RedisTransportError } from '../transport-error.js';

/** Bounds of the hint in `OVERLOADED`, in ms. The hint is about the present time of a request in the queue. */
const RETRY_AFTER_MS = { min: 50, max: 5_000 };

/** The result of {@link RedisTransportClient.metrics}. All but `pending` only grow. */
export interface RedisTransportClientMetrics {
  /** Requests and events that wait for a reply now. */
  pending: number;
  sent: number;
  replied: number;
  /** Requests that the transport ended with an error, by code. */
  overloaded: number;
  expired: number;
  unavailable: number;
  /** Batches written, including repetitions. */
  batches: number;
  /** Keyed and repeatable requests sent again after a connection was lost. */
  resent: number;
}

/** Counts the outcomes of a client's requests and events. */
export class ClientCounters {
  readonly totals: Omit<RedisTransportClientMetrics, 'pending' | 'batches'> = {
    sent: 0,
    replied: 0,
    overloaded: 0,
    expired: 0,
    unavailable: 0,
    resent: 0,
  };
  private latencyMs = 0;

  replied(afterMs: number): void {
    this.totals.replied++;
    // A moving average over about the last 16 replies: a hint for refused requests, not a measurement.
    this.latencyMs += (afterMs - this.latencyMs) / 16;
  }

  failed({ code }: RedisTransportError): void {
    if (code === 'OVERLOADED') this.totals.overloaded++;
    else if (code === 'DEADLINE_EXCEEDED') this.totals.expired++;
    else if (code === 'UNAVAILABLE') this.totals.unavailable++;
  }

  /** The error for requests that do not fit, with a hint from the recent time of replies. */
  overloaded(message: string): RedisTransportError {
    const { min, max } = RETRY_AFTER_MS;
    return new RedisTransportError('OVERLOADED', message, {
      retryAfterMs: Math.round(Math.min(max, Math.max(min, this.latencyMs))),
    });
  }
}
