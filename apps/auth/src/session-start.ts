import { Inject, Injectable } from '@nestjs/common';
import {
  type Identity,
  SESSION_ENDED,
  type SessionEnded,
  type SessionRef,
  sessionOf,
} from '@parley/contracts';
import { EventPublisher, type Events } from '@parley/service-kit';
import type { Opened } from './request-seals.js';
import { SESSION_STORE, type SessionStore } from './session-store.js';

/** Begins and ends sessions, and tells the gateways which have ended. */
@Injectable()
export class SessionStart {
  constructor(
    @Inject(SESSION_STORE) private readonly sessions: SessionStore,
    @Inject(EventPublisher) private readonly events: Events,
  ) {}

  /**
   * Opens the session that a request asks for.
   * @param expiresAt when it ends in any case, in milliseconds of Redis's clock, if a token began it.
   * @returns its id, and the sealed access key.
   * @throws AppError FORBIDDEN if the user is barred.
   */
  async begin(
    user: Identity,
    opened: Opened,
    expiresAt?: number,
  ): Promise<{ sessionId: string; accessKey: string }> {
    const accessKey = opened.accessKey(user.UUID);
    const { sessionId } = sessionOf(accessKey)!;
    const ended = await this.sessions.create(user, sessionId, expiresAt);
    // A crash between these two loses the events, not the ends: the gateways check their sessions regularly.
    await Promise.all(ended.map((oldest) => this.tellEnded({ userUUID: user.UUID, sessionId: oldest })));
    return { sessionId, accessKey: opened.seal(accessKey) };
  }

  /** Ends a session and tells every gateway. A repeated request publishes the event again: a crash may have lost the first one. */
  async end(session: SessionRef): Promise<void> {
    await this.sessions.end(session);
    await this.tellEnded(session);
  }

  private tellEnded({ userUUID, sessionId }: SessionRef): Promise<void> {
    return this.events.publish<SessionEnded>(SESSION_ENDED, { userUUID, sessionId });
  }
}
