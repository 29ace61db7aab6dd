import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { LOGGER, type Logger } from '@parley/service-kit';
import { PresenceService } from './presence.service.js';
import { PRESENCE_TIMES, type PresenceTimes } from './presence-times.js';

/** How far a pause may stray from the interval, so that replicas do not look at the same moment. */
const JITTER = 0.25;

/** Looks for ended gateways every so often, on every replica: who comes first cleans up. */
@Injectable()
export class LeaseWatch implements OnApplicationBootstrap, OnModuleDestroy {
  private timer: NodeJS.Timeout | undefined;
  private looking: Promise<void> = Promise.resolve();
  private ended = false;

  /** @param times `watchMs` is the pause between two looks, on average; a look costs one script with two range reads. */
  constructor(
    @Inject(PresenceService) private readonly presence: Pick<PresenceService, 'endExpired'>,
    @Inject(PRESENCE_TIMES) private readonly times: Pick<PresenceTimes, 'watchMs'>,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.schedule();
  }

  /** Lets a look in progress finish: the connections to Redis are closed after this. */
  async onModuleDestroy(): Promise<void> {
    this.ended = true;
    clearTimeout(this.timer);
    await this.looking;
  }

  private schedule(): void {
    if (this.ended) return;
    const pause = this.times.watchMs * (1 + JITTER * (2 * Math.random() - 1));
    this.timer = setTimeout(() => {
      this.looking = this.look().finally(() => this.schedule());
    }, pause);
  }

  /** A failed look is reported and tried again at the next one; what it had begun is still noted in Redis. */
  private async look(): Promise<void> {
    try {
      await this.presence.endExpired();
    } catch (error) {
      this.logger.warn({ err: error }, 'could not clean up after ended gateways');
    }
  }
}
