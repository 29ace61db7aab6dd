import { Inject, Injectable } from '@nestjs/common';
import type { UsersContract } from '@parley/contracts';
import { clientOf, LOGGER, type Logger, type ServiceClient } from '@parley/service-kit';
import { Joins } from '../channels/joins.js';
import { GatewayId } from '../gateway-id.js';
import type { Connection } from '../socket/connection.js';
import { Connections } from '../socket/connections.js';
import { LeaveTaking } from './leave-taking.js';
import { Presence } from './presence.js';
import { PresenceNews } from './presence-news.js';
import { Reach } from './reach.js';

/** Longest pause before a failed renewal is repeated, in milliseconds. */
const RETRY_MS = 2_000;

/**
 * This gateway's lease: renewed while the gateway runs, given up when it ends. A user is online only while a gateway
 * renews its lease.
 */
@Injectable()
export class Lease {
  private timer: NodeJS.Timeout | undefined;
  private ended = false;
  private asked = false;
  private renewed = false;
  private renewedAt = performance.now();
  private wasHeld = false;
  /** Time until the next renewal, as the users service says. */
  private renewAfterMs = RETRY_MS;
  /** A connection could not be noted again. */
  private isBehind = false;

  constructor(
    @Inject(clientOf('users')) private readonly users: ServiceClient<UsersContract>,
    private readonly gateway: GatewayId,
    private readonly connections: Connections,
    private readonly presence: Presence,
    private readonly joins: Joins,
    @Inject(LeaveTaking) private readonly leaveTaking: Pick<LeaveTaking, 'forgotten'>,
    @Inject(PresenceNews) private readonly news: Pick<PresenceNews, 'arrived'>,
    private readonly reach: Reach,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Whether the last renewal succeeded: users who sign in here are shown as online. */
  isHeld(): boolean {
    return this.renewed;
  }

  /** Whether the first renewal has an outcome, good or bad. */
  wasAsked(): boolean {
    return this.asked;
  }

  /** Seconds since the last renewal, or since this gateway began. */
  age(): number {
    return (performance.now() - this.renewedAt) / 1_000;
  }

  /** Renews now and from then on; resolves after the first attempt. */
  async start(): Promise<void> {
    await this.renew();
    const pause = this.renewed ? this.renewAfterMs : Math.min(this.renewAfterMs, RETRY_MS);
    if (!this.ended) this.timer = setTimeout(() => void this.start(), pause);
  }

  /** Gives up the lease: users who are connected only here go offline. */
  async end(): Promise<void> {
    this.ended = true;
    clearTimeout(this.timer);
    await this.users.ask('users.endLease', { gatewayId: this.gateway.current });
  }

  private async renew(): Promise<void> {
    try {
      const known = await this.ask();
      if (!known && this.wasHeld) await this.takeNewName();
      this.wasHeld = true;
      this.renewed = true;
      this.renewedAt = performance.now();
      if (!known || this.isBehind) this.noteAll();
    } catch (error) {
      this.renewed = false;
      this.logger.warn({ err: error }, 'could not renew the lease');
    }
    this.asked = true;
  }

  private async ask(): Promise<boolean> {
    const { known, renewAfterMs, reach } = await this.users.ask('users.renewLease', {
      gatewayId: this.gateway.current,
    });
    this.renewAfterMs = renewAfterMs;
    this.reach.heard(reach);
    return known;
  }

  /** The lease had run out. The services may still clean up under the old name: a new one keeps that harmless. */
  private async takeNewName(): Promise<void> {
    this.gateway.renew();
    this.leaveTaking.forgotten();
    await this.ask();
  }

  /** The services have forgotten this gateway: each connection is noted again, in its own queue. */
  private noteAll(): void {
    this.isBehind = false;
    for (const connection of this.connections.all) {
      if (connection.session !== undefined) connection.enqueue(() => this.note(connection));
    }
  }

  private async note(connection: Connection): Promise<void> {
    const user = connection.session?.user;
    if (user === undefined) return;
    try {
      // Others were told that the user is offline.
      if (await this.presence.connect(connection, user)) this.news.arrived(user);
      await this.joins.noteAgain(connection);
    } catch (error) {
      this.isBehind = true;
      throw error;
    }
  }
}
