import type { Identity, UsersContract } from '@parley/contracts';
import type { ServiceClient } from '@parley/service-kit';
import type { Connection } from './connection.js';
import type { GatewayId } from './gateway-id.js';

/** Notes with the users service which of this gateway's connections belong to whom. */
export class Presence {
  constructor(
    private readonly users: ServiceClient<UsersContract>,
    private readonly gateway: GatewayId,
  ) {}

  /** Notes a connection; tells whether its user came online by it. */
  async connect(connection: Connection, user: Identity): Promise<boolean> {
    const { first } = await this.users.ask('users.connect', this.present(connection, user), {
      idempotencyKey: connection.nextKey(),
    });
    return first;
  }

  /** Forgets a connection; tells whether its user went offline by it. */
  async disconnect(connection: Connection, user: Identity): Promise<boolean> {
    const { last } = await this.users.ask('users.disconnect', this.present(connection, user), {
      idempotencyKey: connection.nextKey(),
    });
    return last;
  }

  private present(connection: Connection, user: Identity) {
    return { gatewayId: this.gateway.current, connectionId: connection.id, user };
  }
}
