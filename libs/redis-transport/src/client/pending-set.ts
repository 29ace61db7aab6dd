import { SerialMap } from '../serial-map.js';
import { DeadlineSweep, type Expiring } from './deadline-sweep.js';
import type { PendingEvent } from './pending-event.js';
import type { PendingRequest } from './pending-request.js';

/** A client's requests and events without a reply. Each ends by its deadline. */
export class PendingSet {
  readonly requests = new SerialMap<PendingRequest>();
  readonly events = new SerialMap<PendingEvent>();
  private readonly sweep = new DeadlineSweep(() => this.all());

  get size(): number {
    return this.requests.size + this.events.size;
  }

  addRequest(request: PendingRequest): void {
    this.requests.set(request.number, request);
    this.sweep.watch(request.deadlineAt);
  }

  addEvent(event: PendingEvent): void {
    this.events.set(event.number, event);
    this.sweep.watch(event.deadlineAt);
  }

  /** Returns those whose replies may have been lost with a connection, and that are sent again. */
  repeatable(): PendingRequest[] {
    return this.requests.values().filter((request) => request.isStored && request.isSentAgain);
  }

  /** Returns those whose replies may have been lost with a connection, and that end with it. */
  lost(): PendingRequest[] {
    return this.requests
      .values()
      .filter(
        ({ isStored, isSentAgain, failsWhenReplyIsLost }) => isStored && !isSentAgain && failsWhenReplyIsLost,
      );
  }

  /** Stops watching deadlines. */
  stop(): void {
    this.sweep.stop();
  }

  private all(): Expiring[] {
    return [...this.requests.values(), ...this.events.values()];
  }
}
