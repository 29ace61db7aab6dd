import { SerialMap } from '../serial-map.js';
import { DeadlineSweep, type Expiring } from './deadline-sweep.js';
import type { PendingEvent } from './pending-event.js';
import type { PendingRequest } from './pending-request.js';

/** A client's requests and events without a reply. Each ends by its deadline. */
export class PendingSet {
  readonly requests = new SerialMap<PendingRequest>();
  readonly events = new SerialMap<PendingEvent>();
  private characters = 0;
  private readonly sweep = new DeadlineSweep(() => this.all());

  get size(): number {
    return this.requests.size + this.events.size;
  }

  /** Characters of their JSON, which is kept until they end: they may have to be sent again. */
  get bytes(): number {
    return this.characters;
  }

  addRequest(request: PendingRequest): void {
    this.requests.set(request.number, request);
    this.characters += request.json.length;
    this.sweep.watch(request.deadlineAt);
  }

  addEvent(event: PendingEvent): void {
    this.events.set(event.number, event);
    this.characters += event.json.length;
    this.sweep.watch(event.deadlineAt);
  }

  removeRequest({ number, json }: PendingRequest): void {
    if (this.requests.delete(number)) this.characters -= json.length;
  }

  removeEvent({ number, json }: PendingEvent): void {
    if (this.events.delete(number)) this.characters -= json.length;
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
