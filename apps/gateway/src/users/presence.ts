import { Inject, Injectable } from '@nestjs/common';
import type { Identity, PresentConnection, UsersContract } from '@parley/contracts';
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
    settle: (place: number, isFirst: boolean) => void,
  ): Promise<void> {
    const options = { deadlineMs, idempotencyKey: this.gateway.nextKey() };
    // In one piece: all of presence lies in one slot, so that the outcomes are known together.
    const { firsts, reach } = await this.users.ask('users.connectAll', { connections }, options);
    this.reach.heard(reach);
    for (const [place, isFirst] of firsts.entries()) settle(place, isFirst);
  }

  private async disconnectAll(
    connections: readonly PresentConnection[],
    deadlineMs: number,
    settle: (place: number, isLast: boolean) => void,
  ): Promise<void> {
    const options = { deadlineMs, idempotencyKey: this.gateway.nextKey() };
    const { lasts, reach } = await this.users.ask('users.disconnectAll', { connections }, options);
    this.reach.heard(reach);
    for (const [place, isLast] of lasts.entries()) settle(place, isLast);
  }

  private present(connection: Connection, user: Identity): PresentConnection {
    return { gatewayId: this.gateway.current, connectionId: connection.id, user };
  }
}
