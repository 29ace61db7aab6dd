import type { AuthContract, Identity, SessionRef, TokenLife } from '@parley/contracts';
import type { ServiceClient } from '@parley/service-kit';
import { Gathering } from '../pacing/gathering.js';

/** Whose a session is, null if it has ended, and how long it goes on if a token began it. */
export interface OpenedSession {
  readonly user: Identity | null;
  readonly token?: TokenLife | undefined;
}

/** Asks auth whose sessions these are, and extends them: many in one request. */
export const openingOf = (auth: ServiceClient<AuthContract>): Gathering<SessionRef, OpenedSession> =>
  new Gathering({
    deadlineMs: auth.deadlineMs,
    delays: true,
    ask: (sessions, deadlineMs, settle) =>
      auth.askEach(
        'auth.openSessions',
        { sessions },
        {
          ...{ deadlineMs, isRepeatable: true, count: sessions.length },
          take: (place, outcome) => settle(place, outcome),
          whole: ({ users }) => users.map((user) => ({ user })),
        },
      ),
  });
