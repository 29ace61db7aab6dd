import { randomUUID } from 'node:crypto';

/**
 * The name under which the services know this gateway: new at every start, and whenever its lease has run out, so that
 * what they still forget under the old name concerns nothing that is noted under the new one.
 */
export class GatewayId {
  private id = randomUUID();

  get current(): string {
    return this.id;
  }

  renew(): void {
    this.id = randomUUID();
  }
}
