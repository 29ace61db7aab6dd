import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { LOGGER, type Logger, within } from '@parley/service-kit';
import { PresenceService } from './presence.service.js';
import { PRESENCE_TIMES, type PresenceTimes } from './presence-times.js';

/** How far a pause may differ from the interval, so that replicas do not look at the same moment. */
const JITTER = 0.25;
/** How long the end of this process waits for a look in progress, in milliseconds: a Redis that loads or hangs never answers it. */
const FINISH_MS = 1_000;

/** Looks for ended gateways at intervals. Every replica does: the first one to find a gateway cleans up after it. */
@Injectable()
export class LeaseWatch implements OnApplicationBootstrap, OnModuleDestroy {
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<void> = Promise.resolve();
  private ended = false;

  /** @param times `watchMs` is the average pause between two looks; a look costs one script call with two range reads. */
  constructor(
    @Inject(PresenceService) private readonly presence: Pick<PresenceService, 'endExpired'>,
    @Inject(PRESENCE_TIMES) private readonly times: Pick<PresenceTimes, 'watchMs'>,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.schedule();
  }

  /** Lets a look in progress finish, in time: the connections to Redis are closed after this. */
  async onModuleDestroy(): Promise<void> {
    this.ended = true;
    clearTimeout(this.timer);
    // What is left of it is done by the next look of any replica.
    await within(FINISH_MS, this.looking).catch(() => undefined);
  }

  private schedule(): void {
    if (this.ended) return;
    const pause = this.times.watchMs * (1 + JITTER * (2 * Math.random() - 1));
    this.timer = setTimeout(() => {
      this.looking = this.look().finally(() => this.schedule());
    }, pause);
  }

  /** Logs a failed look. The next one continues: Redis still has a note of what was begun. */
  private async look(): Promise<void> {
    try {
      await this.presence.endExpired();
    } catch (error) {
      this.logger.warn({ err: error }, 'could not clean up after ended gateways');
    }
  }
}
