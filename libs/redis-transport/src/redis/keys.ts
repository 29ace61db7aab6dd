/**
 * Every Redis key and channel of the transport. All that one atomic operation touches shares the hash tag of
 * its service (or of the events), so one Cluster node holds it. The README's table is compared with this file.
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

  /** String: how many requests are queued or in hand. */
  depth(): string {
    return `${this.base}depth`;
  }

  /** Hash: entry id → indexes of its requests that are finished, for entries that are finished in part. */
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
