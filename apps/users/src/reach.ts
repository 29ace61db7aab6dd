import { Inject, Injectable } from '@nestjs/common';
import type { PresenceReach } from '@parley/contracts';
import { LOGGER, type Logger } from '@parley/service-kit';
import { type AllPresence, PRESENCE } from './presence.js';

/** Injection token of the number of users online up to which everyone is told, PRESENCE_BROADCAST_USERS. */
export const BROADCAST_USERS = Symbol('broadcast users');

/** The share of that number from which on gateways watch, so that they do when only watchers are told. */
const WATCHED_SHARE = 0.8;
/** How long a count is used, in milliseconds: every sign-in asks. */
export const COUNTED_EVERY_MS = 2_000;

/** Decides who is told of arrivals and departures, by how many users are online. */
@Injectable()
export class Reach {
  private reach: PresenceReach;
  private countedAt = Number.NEGATIVE_INFINITY;

  constructor(
    @Inject(PRESENCE) private readonly presence: Pick<AllPresence, 'countOnline'>,
    @Inject(BROADCAST_USERS) private readonly broadcastUsers: number,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    this.reach = this.reachOf(0);
  }

  /** Who is told now. Counts at most every two seconds. Never rejects: when Redis does not count, the last answer stays. */
  async now(at = performance.now()): Promise<PresenceReach> {
    if (this.broadcastUsers > 0 && at - this.countedAt >= COUNTED_EVERY_MS) {
      // Set before the answer: the others of this moment do not count as well.
      this.countedAt = at;
      try {
        this.reach = this.reachOf(await this.presence.countOnline());
      } catch (error) {
        this.logger.warn({ err: error }, 'could not count who is online');
      }
    }
    return this.reach;
  }

  private reachOf(online: number): PresenceReach {
    if (this.broadcastUsers === 0 || online > this.broadcastUsers) return 'watchers';
    return online > this.broadcastUsers * WATCHED_SHARE ? 'both' : 'everyone';
  }
}
