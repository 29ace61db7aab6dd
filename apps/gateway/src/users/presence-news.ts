import { Inject, Injectable } from '@nestjs/common';
import { type Identity, type PresenceReach, watchersChannel } from '@parley/contracts';
import type { RedisConnection } from '@parley/redis';
import { LOGGER, type Logger, REDIS } from '@parley/service-kit';
import { Cluster } from 'ioredis';
import { atEndOfTurn } from '../pacing/end-of-turn.js';
import type { Connection } from '../socket/connection.js';
import { Connections } from '../socket/connections.js';
import { Reach } from './reach.js';
import { SysBroadcast, type SysFrame, signedInFrame, signedOutFrame } from './sys-broadcast.js';
import { WATCH_PREFIX, Watching } from './watching.js';

/**
 * Tells of arrivals and departures: everyone while few are online, and above that those who watch the user. On a best-effort
 * basis, as {@link SysBroadcast}.
 */
@Injectable()
export class PresenceNews {
  private due: { readonly channel: string; readonly message: string }[] = [];

  constructor(
    @Inject(REDIS) private readonly redis: RedisConnection,
    private readonly reach: Reach,
    private readonly broadcast: SysBroadcast,
    private readonly watching: Watching,
    private readonly connections: Connections,
    @Inject(WATCH_PREFIX) private readonly prefix: string,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** From now on a connection that has signed in is told of others. */
  admit(connection: Connection): void {
    this.connections.signedIn.add(connection);
    this.watching.begin(connection);
  }

  /** From now on it is not. */
  dismiss(connection: Connection, userUUID: string): void {
    this.connections.signedIn.delete(connection);
    this.watching.end(connection, userUUID);
  }

  /** The user came online. @param toldId a connection that has been sent the frame already. */
  arrived(user: Identity, toldId?: string): void {
    const frame = signedInFrame(user);
    if (this.reach.isEveryone) this.broadcast.publish(frame, toldId);
    else this.tellWatchers(user, frame);
  }

  /** The user went offline. */
  departed(user: Identity): void {
    const frame = signedOutFrame(user);
    if (this.reach.isEveryone) this.broadcast.publish(frame);
    else this.tellWatchers(user, frame);
  }

  /** The user went offline with a gateway: every gateway hears of it and tells its own connections. */
  departedWithGateway(user: Identity, reach: PresenceReach = 'everyone'): void {
    const frame = signedOutFrame(user);
    if (reach === 'watchers') this.watching.deliver(user.UUID, Buffer.from(JSON.stringify(frame)));
    else this.broadcast.tellHere(frame);
  }

  private tellWatchers({ UUID }: Identity, frame: SysFrame): void {
    const message = UUID + JSON.stringify(frame);
    if (this.due.push({ channel: watchersChannel(this.prefix, UUID), message }) === 1)
      atEndOfTurn(() => this.publishDue());
  }

  /** On a Cluster each channel has a slot, and so a command of its own. */
  private publishDue(): void {
    const { due, redis } = this;
    this.due = [];
    const published =
      redis instanceof Cluster
        ? Promise.all(due.map(({ channel, message }) => redis.spublish(channel, message)))
        : redis.pipeline(due.map(({ channel, message }) => ['publish', channel, message])).exec();
    published.catch((error: unknown) => this.logger.warn({ err: error }, 'could not publish sys frames'));
  }
}
