import type { AuthContract, SessionRef } from '@parley/contracts';
import type { Logger, ServiceClient } from '@parley/service-kit';
import type { Connections } from '../socket/connections.js';
import type { Sessions } from './sessions.js';

/** Time between two extensions of the sessions in use, in milliseconds. */
const KEEP_EVERY_MS = 10 * 60 * 1_000;
/** The most that `auth.keepSessions` takes at once. */
const BATCH = 1_000;

/** Extends the life of the sessions that have connections here, and signs out those that have ended unheard. */
export class SessionKeeper {
  private timer: NodeJS.Timeout | undefined;

  constructor(
    private readonly auth: ServiceClient<AuthContract>,
    private readonly connections: Connections,
    private readonly sessions: Sessions,
    private readonly logger: Logger,
  ) {}

  start(): void {
    this.timer = setInterval(() => void this.keepAll(), KEEP_EVERY_MS);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** One round; a batch that fails is left to the next round. */
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
      const { ended } = await this.auth.ask('auth.keepSessions', { sessions });
      for (const sessionId of ended) this.sessions.sessionEnded({ sessionId });
    } catch (error) {
      this.logger.warn({ err: error }, 'could not extend sessions');
    }
  }
}
