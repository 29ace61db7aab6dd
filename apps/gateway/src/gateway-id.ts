import { randomUUID } from 'node:crypto';
import { Injectable } from '@nestjs/common';

/**
 * The name by which the services know this gateway: new at every start, and whenever its lease has run out. So what they
 * still clean up under the old name concerns nothing that is noted under the new one.
 */
@Injectable()
export class GatewayId {
  private id = randomUUID();
  private requests = 0;

  get current(): string {
    return this.id;
  }

  renew(): void {
    this.id = randomUUID();
  }

  /** An idempotency key for a request that changes something for several connections: repeated with it, it is done once. */
  nextKey(): string {
    this.requests += 1;
    return `${this.id}:${this.requests}`;
  }
}
