import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { LOGGER, type Logger } from '@parley/service-kit';
import { DIRECTORY, type Directory } from '../directory/directory.js';
import { Steps } from '../steps.js';

/**
 * Names per step: a step holds up Redis and this process for a few milliseconds. 100 names take this process about 6 ms (measured;
 * 200 ms if each is of 64 characters that NFKC turns into 18).
 */
export const NAMES_PER_STEP = 100;

/**
 * Notes what the names look like that are older than this rule, while the service runs. Every replica does, and they share the work.
 * Replicas of the release before do not note what they register: they are caught up with. Kept for one release longer; after that, one
 * run at the start is enough.
 */
@Injectable()
export class AlikeIndexing implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly steps = new Steps(() => this.noteSome());
  private noted = 0;

  constructor(
    @Inject(DIRECTORY) private readonly directory: Pick<Directory, 'indexAlikes'>,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.steps.start();
  }

  onModuleDestroy(): Promise<void> {
    return this.steps.stop();
  }

  /** Logs a failed step; a later one repeats it. Returns whether there is nothing to do for a while. */
  private async noteSome(): Promise<boolean> {
    try {
      const found = await this.directory.indexAlikes(NAMES_PER_STEP);
      this.noted += found;
      if (found > 0) return false;
      if (this.noted > 0) this.logger.info({ names: this.noted }, 'noted what older names look like');
      this.noted = 0;
      return true;
    } catch (error) {
      this.logger.warn({ err: error }, 'could not note what names look like');
      return true;
    }
  }
}
