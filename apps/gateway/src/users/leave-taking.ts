import type { Logger } from '@parley/service-kit';
import type { Rooms } from '../channels/joins.js';
import { untilDone } from '../pacing/retry.js';
import type { Connection } from '../socket/connection.js';
import type { Connections } from '../socket/connections.js';
import { type Departure, Departures } from './offline-grace.js';
import type { Presence } from './presence.js';
import { type Everyone, signedOutFrame } from './sys-broadcast.js';

/** How long a user without a connection stays online, in milliseconds, and for how many that is waited at most. */
export interface PresenceGrace {
  readonly ms: number;
  readonly most: number;
}

/** What is told to the services and to others when connections end, one by one or with the gateway. */
export class LeaveTaking {
  private readonly departures: Departures;
  private draining: 'quietly' | 'leaving' | undefined;

  constructor(
    private readonly presence: Presence,
    private readonly rooms: Rooms,
    private readonly connections: Connections,
    private readonly everyone: Everyone,
    grace: PresenceGrace,
    private readonly logger: Logger,
  ) {
    this.departures = new Departures(grace.ms, grace.most, (departure) => this.depart(departure));
  }

  /** The connection is gone: leaves its channel, and takes its user offline after the grace. Never rejects. */
  async connectionEnded(connection: Connection): Promise<void> {
    const { session } = connection;
    if (session === undefined) return;
    this.connections.signedIn.delete(connection);
    this.connections.unlink(session.sessionId, connection);
    this.rooms.silence(connection);
    if (this.draining === 'quietly') return;
    await this.asOftenAsItTakes(connection, () => this.rooms.leaveJoined(connection));
    if (this.draining === undefined) await this.departures.add({ connection, user: session.user });
  }

  /**
   * From now on nobody is taken offline for a connection that ends: the lease is given up for all of them at once.
   * @param quietly nor is a channel left, because all end in the same moment.
   */
  drain(quietly: boolean): void {
    this.draining = quietly ? 'quietly' : 'leaving';
    this.departures.clear();
  }

  /** The services have taken everybody here offline: those whose connections are gone stay so. */
  forgotten(): void {
    this.departures.clear();
  }

  private async depart({ connection, user }: Departure): Promise<void> {
    await this.asOftenAsItTakes(connection, async () => {
      if (await this.presence.disconnect(connection, user)) this.everyone.publish(signedOutFrame(user));
    });
  }

  private asOftenAsItTakes(connection: Connection, attempt: () => Promise<void>): Promise<void> {
    return untilDone(attempt).catch((error: unknown) =>
      this.logger.error({ err: error, connection: connection.id }, 'could not take leave for a connection'),
    );
  }
}
