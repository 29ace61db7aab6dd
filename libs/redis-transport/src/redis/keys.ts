/**
 * The names of all Redis keys and channels of the transport. The keys of one atomic operation share the hash tag of their
 * service (or of the events), so that one Cluster node holds them. A test compares the README's table with this file.
 */
export class TransportKeys {
  private readonly base: string;
  private readonly eventBase: string;

  constructor(
    prefix: string,
    private readonly service: string,
  ) {
    this.base = `${prefix}:{${service}}:`;
    this.eventBase = `${prefix}:{events}:`;
  }

  /** Stream: requests queued or in hand, one entry per batch. */
  requests(): string {
    return `${this.base}requests`;
  }

  /** String: the number of requests queued or in hand. */
  depth(): string {
    return `${this.base}depth`;
  }

  /** Hash: entry id → indexes of its finished requests, for entries that are partly finished. */
  partial(): string {
    return `${this.base}partial`;
  }

  /** Stream: requests set aside, bounded. */
  dead(): string {
    return `${this.base}dead`;
  }

  /** String: the claim on an idempotency key, then the reply stored under it. */
  done(idempotencyKey: string): string {
    return `${this.base}done:${idempotencyKey}`;
  }

  /** String: which of its latest batches a client has stored. */
  sent(clientId: string): string {
    return `${this.base}sent:${clientId}`;
  }

  /** Channel: the replies to one client. */
  reply(clientId: string): string {
    return `${this.base}reply:${clientId}`;
  }

  /** Stream: the events of all services, bounded. */
  events(): string {
    return `${this.eventBase}stream`;
  }

  /** String: which of its latest batches of events a client has stored. */
  eventsSent(clientId: string): string {
    return `${this.eventBase}sent:${clientId}`;
  }

  /** Stream: events that this service set aside, bounded. */
  eventsDead(): string {
    return `${this.eventBase}dead:${this.service}`;
  }
}
