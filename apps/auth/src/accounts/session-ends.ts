import { Inject, Injectable } from '@nestjs/common';
import { SESSION_ENDED, type SessionEnded, type SessionEndReason } from '@parley/contracts';
import { EventPublisher, type Events } from '@parley/service-kit';
import { SESSION_STORE, type SessionStore } from './session-store.js';

/** Ends sessions of a user from elsewhere, and tells every gateway. */
@Injectable()
export class SessionEnds {
  constructor(
    @Inject(SESSION_STORE) private readonly sessions: SessionStore,
    @Inject(EventPublisher) private readonly events: Events,
  ) {}

  /**
   * Ends all sessions of a user, except `kept`. When it is repeated because its replica died, it tells the gateways again.
   * @returns how many it ended.
   */
  async endAll(userUUID: string, reason: SessionEndReason, kept?: string): Promise<number> {
    const ended = await this.sessions.endAll(userUUID, kept);
    await Promise.all(ended.map((sessionId) => this.tell({ userUUID, sessionId, reason })));
    await this.sessions.settle(userUUID, ended);
    return ended.length;
  }

  private tell(ended: SessionEnded): Promise<void> {
    return this.events.publish<SessionEnded>(SESSION_ENDED, ended);
  }
}
