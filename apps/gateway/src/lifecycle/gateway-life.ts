import { setTimeout as delay } from 'node:timers/promises';
import { Inject, Injectable, type OnApplicationBootstrap, type OnApplicationShutdown } from '@nestjs/common';
import { LOGGER, type Logger, Readiness, within } from '@parley/service-kit';
import { LogChecker } from '../delivery/log-checker.js';
import { RedisSubscriber } from '../delivery/subscriber.js';
import { watch } from '../metrics.js';
import { processLoad } from '../pacing/load.js';
import { spread } from '../pacing/spread.js';
import { wakingNow } from '../pacing/waking-clock.js';
import { Connections } from '../socket/connections.js';
import { Heartbeat } from '../socket/heartbeat.js';
import { Lease } from '../users/lease.js';
import { LeaveTaking } from '../users/leave-taking.js';
import { SessionKeeper } from '../users/session-keeper.js';
import { SysBroadcast } from '../users/sys-broadcast.js';
import { Watching } from '../users/watching.js';

/** Injection token of the time over which a drain sends clients away, in milliseconds. */
export const DRAIN_MS = Symbol('drain');

/** How long the last clients may wait for the answers to frames that were received, in milliseconds; then they get none. */
const ANSWER_MS = 2_500;
/** How long clients may take to close after that, in milliseconds; then they are cut. */
const CLOSE_MS = 500;
/** How long giving up the lease may take, in milliseconds; otherwise it runs out. */
const END_LEASE_MS = 2_000;
const POLL_MS = 25;

/** How a gateway begins and ends. */
@Injectable()
export class GatewayLife implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(
    private readonly connections: Connections,
    private readonly heartbeat: Heartbeat,
    private readonly broadcast: SysBroadcast,
    private readonly watching: Watching,
    private readonly subscriber: RedisSubscriber,
    private readonly lease: Lease,
    private readonly checker: LogChecker,
    private readonly keeper: SessionKeeper,
    private readonly leaveTaking: LeaveTaking,
    private readonly readiness: Readiness,
    @Inject(DRAIN_MS) private readonly drainMs: number,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /**
   * Starts the background work. Readiness looks at what this gateway lacks, not at other services: a service that is away
   * would take every gateway out at once, with all that needs only the others. The first request for the lease delays
   * readiness until it is answered or has failed, so that a chat that starts as a whole is ready when sign-ins succeed.
   */
  onApplicationBootstrap(): void {
    this.readiness.add('subscriber', () => this.subscriber.isReady());
    this.readiness.add('lease', () => this.lease.wasAsked());
    watch({
      connections: this.connections.all,
      leaseAge: () => this.lease.age(),
      load: () => processLoad.now(),
    });
    this.broadcast
      .listen()
      .catch((error: unknown) => this.logger.error({ err: error }, 'could not subscribe to sys frames'));
    void this.lease.start();
    this.heartbeat.start();
    this.keeper.start();
    this.checker.start();
    this.watching.start();
    this.subscriber.onRenewed(() => void this.checker.checkAll());
  }

  /**
   * Sends every client to another gateway, one after the other, and gives up the lease. Each gets the answers to what it
   * had sent. Upgrades must be refused first.
   */
  async drain(): Promise<void> {
    this.leaveTaking.drain(this.drainMs === 0);
    this.keeper.stop();
    await spread(this.connections.all, this.drainMs, (connection) => connection.drain());
    // Clients that were about to connect when that began.
    for (const connection of this.connections.all) connection.drain();
    await this.allGone(ANSWER_MS);
    for (const connection of this.connections.all) connection.goAway();
    await this.allGone(CLOSE_MS);
    for (const connection of this.connections.all) connection.terminate();
    await within(END_LEASE_MS, this.lease.end()).catch((error: unknown) =>
      this.logger.warn({ err: error }, 'could not give up the lease'),
    );
  }

  /** Resolves when no connection is left, or after that time. */
  private async allGone(withinMs: number): Promise<void> {
    const deadline = wakingNow() + withinMs;
    while (this.connections.all.size > 0 && wakingNow() < deadline) await delay(POLL_MS);
  }

  onApplicationShutdown(): void {
    this.keeper.stop();
    this.checker.stop();
    this.watching.stop();
    this.heartbeat.stop();
    this.subscriber.close();
  }
}
