import type { StoredEvent } from '../redis/append-events.js';
import { RedisTransportError } from '../transport-error.js';
import type { BatchItem } from './batch-sender.js';
import type { Expiring } from './deadline-sweep.js';

/** An event that Redis has not confirmed yet. */
export class PendingEvent implements BatchItem, Expiring, StoredEvent {
  live = true;
  readonly deadlineAt: number;

  constructor(
    readonly number: number,
    readonly pattern: string,
    readonly json: string,
    deadlineMs: number,
    private readonly settle: (error?: RedisTransportError) => void,
  ) {
    this.deadlineAt = performance.now() + deadlineMs;
  }

  stored(): void {
    this.end();
  }

  refused(error: RedisTransportError): void {
    this.end(error);
  }

  expire(): void {
    this.end(new RedisTransportError('UNAVAILABLE', 'Redis could not be reached before the deadline'));
  }

  private end(error?: RedisTransportError): void {
    if (!this.live) return;
    this.live = false;
    this.settle(error);
  }
}
