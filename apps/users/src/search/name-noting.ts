import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { LOGGER, type Logger } from '@parley/service-kit';
import { Steps } from '../steps.js';
import { SearchService } from './search.service.js';

/** Names per step: they are one look-up and one ZADD. */
const NAMES_PER_STEP = 500;

/**
 * Notes the names for those who search: of users from before, of those whom a replica of the release before registers, and of those whose
 * registration was cut off before its end. Every replica does, while it serves.
 */
@Injectable()
export class NameNoting implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly steps = new Steps(() => this.takeStep());

  constructor(
    private readonly search: SearchService,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.steps.start();
  }

  onModuleDestroy(): Promise<void> {
    return this.steps.stop();
  }

  private async takeStep(): Promise<boolean> {
    try {
      return (await this.search.noteSome(NAMES_PER_STEP)) === 0;
    } catch (error) {
      this.logger.warn({ err: error }, 'could not note names for those who search');
      return true;
    }
  }
}
