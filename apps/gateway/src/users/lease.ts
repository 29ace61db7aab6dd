import type { UsersContract } from '@parley/contracts';
import type { Logger, ServiceClient } from '@parley/service-kit';
import type { Rooms } from '../channels/joins.js';
import type { GatewayId } from '../gateway-id.js';
import type { Connection } from '../socket/connection.js';
import type { Connections } from '../socket/connections.js';
import type { Presence } from './presence.js';

/** Longest pause before a renewal that failed is tried again, in milliseconds. */
const RETRY_MS = 2_000;

/** This gateway's lease, on which the presence of its users hangs: renewed while it runs, given up at its end. */
export class Lease {
  private timer: NodeJS.Timeout | undefined;
  private ended = false;
  private renewed = false;
  private renewedAt = performance.now();
  private wasHeld = false;
  /** When the next renewal is due, as the users service says. */
  private renewAfterMs = RETRY_MS;
  /** A connection could not be noted again. */
  private behind = false;

  constructor(
    private readonly users: ServiceClient<UsersContract>,
    private readonly gateway: GatewayId,
    private readonly connections: Connections,
    private readonly presence: Presence,
    private readonly rooms: Rooms,
    /** Called when the services have taken everybody here offline. */
    private readonly forgotten: () => void,
    private readonly logger: Logger,
  ) {}

  /** Whether the last renewal went well: users who sign in here are seen as online. */
  isHeld(): boolean {
    return this.renewed;
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

  /** Gives the lease up: whoever is connected here only goes offline. */
  async end(): Promise<void> {
    this.ended = true;
    clearTimeout(this.timer);
    await this.users.ask('users.endLease', { gatewayId: this.gateway.current });
  }

  private async renew(): Promise<void> {
    try {
      const known = await this.ask();
      if (!known && this.wasHeld) await this.beginAnew();
      this.wasHeld = true;
      this.renewed = true;
      this.renewedAt = performance.now();
      if (!known || this.behind) this.noteAll();
    } catch (error) {
      this.renewed = false;
      this.logger.warn({ err: error }, 'could not renew the lease');
    }
  }

  private async ask(): Promise<boolean> {
    const { known, renewAfterMs } = await this.users.ask('users.renewLease', {
      gatewayId: this.gateway.current,
    });
    this.renewAfterMs = renewAfterMs;
    return known;
  }

  /** The lease had run out. Under another name, what the services still forget of the old one does no harm. */
  private async beginAnew(): Promise<void> {
    this.gateway.renew();
    this.forgotten();
    await this.ask();
  }

  /** The services have forgotten this gateway: each connection is noted again when its turn comes. */
  private noteAll(): void {
    this.behind = false;
    for (const connection of this.connections.all) {
      if (connection.session !== undefined) connection.enqueue(() => this.note(connection));
    }
  }

  private async note(connection: Connection): Promise<void> {
    if (connection.session === undefined) return;
    try {
      await this.presence.connect(connection, connection.session.user);
      await this.rooms.noteAgain(connection);
    } catch (error) {
      this.behind = true;
      throw error;
    }
  }
}
