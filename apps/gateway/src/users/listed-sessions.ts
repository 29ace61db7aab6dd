import { type SessionSummary, sessionUUIDOf } from '@parley/contracts';
import type { ServerFrameOf } from '@parley/protocol';

type Listed = ServerFrameOf<'sessions'>['sessions']['sessions'];

/** Sessions as their user sees them. @param ownId the id of the session that asks, if one does. */
export function listedSessions(sessions: readonly SessionSummary[], ownId: string | undefined): Listed {
  const own = ownId === undefined ? undefined : sessionUUIDOf(ownId);
  return sessions.map(({ sessionUUID, usedAt, expiresAt }) => ({
    sessionUUID,
    current: sessionUUID === own,
    usedAt: new Date(usedAt).toISOString(),
    expiresAt: new Date(expiresAt).toISOString(),
  }));
}
