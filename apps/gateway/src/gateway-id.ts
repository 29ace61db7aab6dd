import { randomUUID } from 'node:crypto';

/**
 * The name under which the services know this gateway: new at every start, and whenever its lease has run out, so that
 * what they still forget under the old name concerns nothing that is noted under the new one.
 */
export class GatewayId {
  private id = randomUUID();
  private requests = 0;

  get current(): string {
    return this.id;
  }

  renew(): void {
    this.id = randomUUID();
  }

  /** A name for the next request that changes something for several connections: sent again under it, it is done once. */
  nextKey(): string {
    this.requests += 1;
    return `${this.id}:${this.requests}`;
  }
}
