import type { Identity, PresentConnection, UsersContract } from '@parley/contracts';
import type { ServiceClient } from '@parley/service-kit';
import type { GatewayId } from '../gateway-id.js';
import { Gathering } from '../pacing/gathering.js';
import type { Connection } from '../socket/connection.js';

/** Notes with the users service which of this gateway's connections belong to whom; those that come together in one request. */
export class Presence {
  private readonly connecting: Gathering<PresentConnection, boolean>;
  private readonly disconnecting: Gathering<PresentConnection, boolean>;

  constructor(
    private readonly users: ServiceClient<UsersContract>,
    private readonly gateway: GatewayId,
  ) {
    const { deadlineMs } = users;
    this.connecting = new Gathering({
      deadlineMs,
      ask: (...asked) => this.connectAll(...asked),
      rests: true,
    });
    this.disconnecting = new Gathering({
      deadlineMs,
      ask: (...asked) => this.disconnectAll(...asked),
      rests: true,
    });
  }

  /** Notes a connection; tells whether its user came online by it. */
  connect(connection: Connection, user: Identity): Promise<boolean> {
    return this.connecting.add(this.present(connection, user));
  }

  /** Forgets a connection; tells whether its user went offline by it. */
  disconnect(connection: Connection, user: Identity): Promise<boolean> {
    return this.disconnecting.add(this.present(connection, user));
  }

  private async connectAll(connections: readonly PresentConnection[], deadlineMs: number) {
    const options = { deadlineMs, idempotencyKey: this.gateway.nextKey() };
    return (await this.users.ask('users.connectAll', { connections }, options)).firsts;
  }

  private async disconnectAll(connections: readonly PresentConnection[], deadlineMs: number) {
    const options = { deadlineMs, idempotencyKey: this.gateway.nextKey() };
    return (await this.users.ask('users.disconnectAll', { connections }, options)).lasts;
  }

  private present(connection: Connection, user: Identity): PresentConnection {
    return { gatewayId: this.gateway.current, connectionId: connection.id, user };
  }
}
