import { Inject, Injectable } from '@nestjs/common';
import type { Identity, PresentConnection, UsersContract } from '@parley/contracts';
import type { AppError } from '@parley/protocol';
import { clientOf, type ServiceClient } from '@parley/service-kit';
import { GatewayId } from '../gateway-id.js';
import { Gathering } from '../pacing/gathering.js';
import type { Connection } from '../socket/connection.js';
import { Reach } from './reach.js';

/** Tells the users service which of this gateway's connections belong to whom, many in one request. */
@Injectable()
export class Presence {
  private readonly connecting: Gathering<PresentConnection, boolean>;
  private readonly disconnecting: Gathering<PresentConnection, boolean>;

  constructor(
    @Inject(clientOf('users')) private readonly users: ServiceClient<UsersContract>,
    private readonly gateway: GatewayId,
    private readonly reach: Reach,
  ) {
    const { deadlineMs } = users;
    this.connecting = new Gathering({
      deadlineMs,
      ask: (...asked) => this.connectAll(...asked),
      delays: true,
    });
    this.disconnecting = new Gathering({
      deadlineMs,
      ask: (...asked) => this.disconnectAll(...asked),
      delays: true,
    });
  }

  /** Notes a connection. @returns whether it brought its user online. */
  connect(connection: Connection, user: Identity): Promise<boolean> {
    return this.connecting.request(this.present(connection, user));
  }

  /** Forgets a connection. @returns whether that took its user offline. */
  disconnect(connection: Connection, user: Identity): Promise<boolean> {
    return this.disconnecting.request(this.present(connection, user));
  }

  private async connectAll(
    connections: readonly PresentConnection[],
    deadlineMs: number,
    settle: (place: number, isFirst: boolean | AppError) => void,
  ): Promise<void> {
    const options = { deadlineMs, idempotencyKey: this.gateway.nextKey(), count: connections.length };
    await this.users.askEach(
      'users.connectAll',
      { connections },
      {
        ...options,
        take: (place, outcome) => {
          if ('isFirst' in outcome) this.reach.heard(outcome.reach);
          settle(place, 'isFirst' in outcome ? outcome.isFirst : outcome);
        },
        whole: ({ firsts, reach }) => firsts.map((isFirst) => ({ isFirst, reach })),
      },
    );
  }

  private async disconnectAll(
    connections: readonly PresentConnection[],
    deadlineMs: number,
    settle: (place: number, isLast: boolean | AppError) => void,
  ): Promise<void> {
    const options = { deadlineMs, idempotencyKey: this.gateway.nextKey(), count: connections.length };
    await this.users.askEach(
      'users.disconnectAll',
      { connections },
      {
        ...options,
        take: (place, outcome) => {
          if ('isLast' in outcome) this.reach.heard(outcome.reach);
          settle(place, 'isLast' in outcome ? outcome.isLast : outcome);
        },
        whole: ({ lasts, reach }) => lasts.map((isLast) => ({ isLast, reach })),
      },
    );
  }

  private present(connection: Connection, user: Identity): PresentConnection {
    return { gatewayId: this.gateway.current, connectionId: connection.id, user };
  }
}
