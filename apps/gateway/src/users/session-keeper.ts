import { Inject, Injectable } from '@nestjs/common';
import type { AuthContract, SessionRef } from '@parley/contracts';
import { clientOf, LOGGER, type Logger, type ServiceClient } from '@parley/service-kit';
import { Connections } from '../socket/connections.js';
import { Sessions } from './sessions.js';

/** Time between two extensions of the sessions in use, in milliseconds. */
const KEEP_EVERY_MS = 10 * 60 * 1_000;
/** Most sessions that one `auth.keepSessions` takes. */
const BATCH = 1_000;

/** Extends the sessions that have connections here, and signs out those whose end was not heard. */
@Injectable()
export class SessionKeeper {
  private timer: NodeJS.Timeout | undefined;

  constructor(
    @Inject(clientOf('auth')) private readonly auth: ServiceClient<AuthContract>,
    private readonly connections: Connections,
    private readonly sessions: Sessions,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  start(): void {
    this.timer = setInterval(() => void this.keepAll(), KEEP_EVERY_MS);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** One round. The next round makes up for a batch that fails. */
  async keepAll(): Promise<void> {
    const all = [...this.connections.sessions()];
    for (let start = 0; start < all.length; start += BATCH) {
      await this.keep(
        all.slice(start, start + BATCH).map(({ userUUID, sessionId }) => ({ userUUID, sessionId })),
      );
    }
  }

  private async keep(sessions: readonly SessionRef[]): Promise<void> {
    try {
      await this.auth.askEach(
        'auth.keepSessions',
        { sessions },
        {
          ...{ isRepeatable: true, count: sessions.length },
          take: (place, outcome) => {
            // A session whose state is not known goes on: the next round asks about it again.
            if ('alive' in outcome && !outcome.alive) this.sessions.sessionEnded(sessions[place]!);
          },
          whole: ({ ended }) => {
            const dead = new Set(ended);
            return sessions.map(({ sessionId }) => ({ alive: !dead.has(sessionId) }));
          },
        },
      );
    } catch (error) {
      this.logger.warn({ err: error }, 'could not extend sessions');
    }
  }
}
