import { isUtf8 } from 'node:buffer';
import { Inject, Injectable } from '@nestjs/common';
import { type Identity, watchersChannel } from '@parley/contracts';
import { LOGGER, type Logger } from '@parley/service-kit';
import type { PartnerWatch } from '../channels/partner-watch.js';
import { RedisSubscriber, type Subscriber } from '../delivery/subscriber.js';
import { droppedSysFrames, unreadableFrames, watchedUsers } from '../metrics.js';
import { spread } from '../pacing/spread.js';
import type { TokenBucket } from '../pacing/token-bucket.js';
import type { Connection } from '../socket/connection.js';
import { Connections } from '../socket/connections.js';
import { textFrame } from '../socket/text-frame.js';
import { Reach } from './reach.js';
import { SYS_BUDGET } from './sys-broadcast.js';
import { WATCHES_PER_USER, WatchList } from './watch-list.js';
import { WATCH_SOURCES, type WatchSource } from './watch-sources.js';
import { WatchSubscriptions } from './watch-subscriptions.js';

/** Injection tokens of the prefix of Redis's names, and of the users whom this gateway watches at most. */
export const WATCH_PREFIX = Symbol('watch prefix');
export const MOST_WATCHED = Symbol('most watched');

/** What precedes the JSON on a watched user's channel: the user's UUID. */
const UUID_LENGTH = 36;
/** Time between two readings of whom a user watches, in milliseconds: others may have begun to talk to the user. */
const READ_EVERY_MS = 10 * 60 * 1_000;
/** Time after which a failed reading is repeated, in milliseconds. */
const AGAIN_MS = 30_000;
/** Time over which everybody who is here begins to watch, in milliseconds. */
const BEGIN_MS = 5_000;
/** Time between two warnings that nobody knows whom users watch, in milliseconds. */
const WARN_EVERY_MS = 10_000;

/**
 * The users whose arrivals and departures the connections here are told of, while not everyone is told: this gateway subscribes
 * to a channel of each. Frames share the budget of other `sys` frames, above which they are dropped and counted.
 */
@Injectable()
export class Watching implements PartnerWatch {
  private readonly list: WatchList;
  private readonly subscriptions: WatchSubscriptions;
  private timer: NodeJS.Timeout | undefined;
  private warnedAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly reach: Reach,
    private readonly connections: Connections,
    @Inject(RedisSubscriber) subscriber: Subscriber,
    @Inject(WATCH_SOURCES) private readonly sources: readonly WatchSource[],
    @Inject(SYS_BUDGET) private readonly budget: TokenBucket,
    @Inject(WATCH_PREFIX) prefix: string,
    @Inject(MOST_WATCHED) inAll: number,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    const channelOf = (userUUID: string) => watchersChannel(prefix, userUUID);
    const listener = (published: Buffer) => this.receive(published);
    this.subscriptions = new WatchSubscriptions(subscriber, channelOf, listener, logger);
    this.list = new WatchList({ perUser: WATCHES_PER_USER, inAll }, (userUUID, isWatched) => {
      watchedUsers.set(this.list.size);
      this.subscriptions.change(userUUID, isWatched);
    });
    reach.whenWatched(() => void spread(connections.signedIn, BEGIN_MS, (each) => this.begin(each)));
  }

  /** Reads from time to time whom the users here watch, and forgets all when everyone is told again. */
  start(): void {
    this.timer = setInterval(() => void this.readAll(), READ_EVERY_MS);
  }

  stop(): void {
    clearInterval(this.timer);
    this.subscriptions.stop();
  }

  /** The connection is signed in: it hears of those whom its user watches, as soon as that is known. */
  begin(connection: Connection): void {
    const { session, joined } = connection;
    if (!this.reach.isWatched || session === undefined || !this.connections.signedIn.has(connection)) return;
    const { user } = session;
    const isFirst = this.list.enter(user.UUID, connection);
    if (joined?.recipientUUID) this.list.meet(user.UUID, joined.recipientUUID);
    if (isFirst) void this.read(user);
  }

  /** The connection is no longer one of this user. */
  end(connection: Connection, userUUID: string): void {
    this.list.leave(userUUID, connection);
  }

  met(connection: Connection, partnerUUID: string): void {
    const { session } = connection;
    if (session !== undefined) this.list.meet(session.userUUID, partnerUUID);
  }

  /** Reads again whom the user of a connection watches: the user has changed it. Gateways elsewhere do with their next reading. */
  changed(connection: Connection): void {
    const { session } = connection;
    if (session !== undefined && this.list.has(session.userUUID)) void this.read(session.user);
  }

  /** Sends a frame to the connections here whose users watch this user. */
  deliver(userUUID: string, json: Buffer): void {
    const connections = this.list.connectionsFor(userUUID);
    if (connections.length === 0) return;
    if (!this.budget.spend(connections.length)) {
      droppedSysFrames.inc(connections.length);
      return;
    }
    const frame = textFrame(json);
    for (const connection of connections) connection.write(frame);
  }

  private receive(published: Buffer): void {
    // What is no UTF-8 would close the connections that get it.
    if (isUtf8(published))
      this.deliver(published.toString('latin1', 0, UUID_LENGTH), published.subarray(UUID_LENGTH));
    else unreadableFrames.inc();
  }

  private async readAll(): Promise<void> {
    if (this.reach.isWatched) {
      await spread(this.connections.signedIn, READ_EVERY_MS / 2, (connection) => this.readAgain(connection));
      return;
    }
    for (const connection of this.connections.signedIn)
      if (connection.session !== undefined) this.end(connection, connection.session.userUUID);
  }

  private readAgain(connection: Connection): void {
    const { session } = connection;
    if (session !== undefined && this.list.isFirstOf(session.userUUID, connection))
      void this.read(session.user);
  }

  /** When a source fails, what the others know is watched at once, and all are asked again later. */
  private async read(user: Identity): Promise<void> {
    const read = await Promise.allSettled(
      this.sources.map((source) => source.watchedBy(user, WATCHES_PER_USER)),
    );
    this.list.set(
      user.UUID,
      read.flatMap((each) => (each.status === 'fulfilled' ? each.value : [])),
    );
    const failed = read.find((each) => each.status === 'rejected');
    if (failed === undefined) return;
    this.warn(failed.reason);
    setTimeout(() => {
      if (this.list.has(user.UUID)) void this.read(user);
    }, AGAIN_MS).unref();
  }

  private warn(error: unknown): void {
    const now = performance.now();
    if (now - this.warnedAt < WARN_EVERY_MS) return;
    this.warnedAt = now;
    this.logger.warn({ err: error }, 'could not read whom users watch');
  }
}
