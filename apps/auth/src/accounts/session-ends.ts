import { Inject, Injectable } from '@nestjs/common';
import { SESSION_ENDED, type SessionEnded, type SessionEndReason, sessionUUIDOf } from '@parley/contracts';
import { EventPublisher, type Events } from '@parley/service-kit';
import { SESSION_STORE, type SessionStore } from '../session-store.js';

/**
 * Ends sessions of a user from elsewhere, and tells every gateway. What is repeated because its replica died tells the gateways
 * again. Each call returns how many sessions it ended.
 */
@Injectable()
export class SessionEnds {
  constructor(
    @Inject(SESSION_STORE) private readonly sessions: SessionStore,
    @Inject(EventPublisher) private readonly events: Events,
  ) {}

  /** Ends all sessions of a user, except `kept`. */
  async endAll(userUUID: string, reason: SessionEndReason, kept?: string): Promise<number> {
    return this.tell(userUUID, reason, await this.sessions.endAll(userUUID, kept));
  }

  /** Ends the sessions of a user with these UUIDs. */
  async endThese(userUUID: string, sessionUUIDs: readonly string[]): Promise<number> {
    const named = new Set(sessionUUIDs);
    const ids = await this.sessions.ids(userUUID);
    const sessionIds = ids.filter((id) => named.has(sessionUUIDOf(id)));
    return this.tell(userUUID, 'ended', await this.sessions.endThese(userUUID, sessionIds));
  }

  private async tell(userUUID: string, reason: SessionEndReason, ended: readonly string[]): Promise<number> {
    const events = ended.map((sessionId): SessionEnded => ({ userUUID, sessionId, reason }));
    await Promise.all(events.map((event) => this.events.publish(SESSION_ENDED, event)));
    await this.sessions.settle(userUUID, ended);
    return ended.length;
  }
}
