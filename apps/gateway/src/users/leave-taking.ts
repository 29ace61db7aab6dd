import { Inject, Injectable } from '@nestjs/common';
import { LOGGER, type Logger } from '@parley/service-kit';
import { Joins } from '../channels/joins.js';
import { retryUntilDone } from '../pacing/retry.js';
import type { Connection } from '../socket/connection.js';
import { Connections } from '../socket/connections.js';
import { type Departure, OfflineGrace } from './offline-grace.js';
import { Presence } from './presence.js';
import { PresenceNews } from './presence-news.js';

/** Injection token of {@link PresenceGrace}. */
export const PRESENCE_GRACE = Symbol('presence grace');

/** How long a user without a connection stays online, in milliseconds, and for how many users at most. */
export interface PresenceGrace {
  readonly ms: number;
  readonly most: number;
}

/** Tells the services and other users when connections end, one by one or with the gateway. */
@Injectable()
export class LeaveTaking {
  private readonly grace: OfflineGrace;
  private draining: 'quietly' | 'leaving' | undefined;

  constructor(
    private readonly presence: Presence,
    private readonly joins: Joins,
    private readonly connections: Connections,
    private readonly news: PresenceNews,
    @Inject(PRESENCE_GRACE) { ms, most }: PresenceGrace,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    this.grace = new OfflineGrace(ms, most, (departure) => this.takeOffline(departure));
  }

  /** The connection is gone: leaves its channel, and takes its user offline after the grace. Never rejects. */
  async connectionEnded(connection: Connection): Promise<void> {
    const { session } = connection;
    if (session === undefined) return;
    this.news.dismiss(connection, session.userUUID);
    this.connections.unlink(session.sessionId, connection);
    this.joins.silence(connection);
    if (this.draining === 'quietly') return;
    await this.untilDone(connection, () => this.joins.leaveJoined(connection));
    if (this.draining === undefined) await this.grace.start({ connection, user: session.user });
  }

  /**
   * From now on nobody is taken offline when a connection ends: the gateway gives up its lease, for all of them at once.
   * @param quietly no channel is left either, because all connections end in the same moment.
   */
  drain(quietly: boolean): void {
    this.draining = quietly ? 'quietly' : 'leaving';
    this.grace.clear();
  }

  /** The services have taken everybody here offline: users whose connections are gone stay so. */
  forgotten(): void {
    this.grace.clear();
  }

  private async takeOffline({ connection, user }: Departure): Promise<void> {
    await this.untilDone(connection, async () => {
      if (await this.presence.disconnect(connection, user)) this.news.departed(user);
    });
  }

  private async untilDone(connection: Connection, attempt: () => Promise<unknown>): Promise<void> {
    await retryUntilDone(attempt).catch((error: unknown) =>
      this.logger.error(
        { err: error, connection: connection.id },
        'the services could not be told of the end of a connection',
      ),
    );
  }
}
