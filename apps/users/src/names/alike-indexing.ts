import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { LOGGER, type Logger, within } from '@parley/service-kit';
import { DIRECTORY, type Directory } from '../directory/directory.js';

/**
 * Names per step: a step holds up Redis and this process for a few milliseconds. 100 names take this process about 6 ms (measured;
 * 200 ms if each is of 64 characters that NFKC turns into 18).
 */
export const NAMES_PER_STEP = 100;
/** Pause between two steps, in milliseconds: requests come between. */
const STEP_PAUSE_MS = 20;
/**
 * Pause when every name is noted, or Redis refuses, in milliseconds. Replicas of the release before do not note what they
 * register: they are caught up with. Kept for one release longer; after that, one run at the start is enough.
 */
const REST_MS = 30_000;
/** How far a pause may differ, so that replicas do not step at the same moment. */
const JITTER = 0.25;
/** How long the end of this process waits for a step in progress, in milliseconds: a Redis that loads or hangs never answers it. */
const FINISH_MS = 1_000;

/** Notes what the names look like that are older than this rule, while the service runs. Every replica does, and they share the work. */
@Injectable()
export class AlikeIndexing implements OnApplicationBootstrap, OnModuleDestroy {
  private timer: NodeJS.Timeout | undefined;
  private step: Promise<void> = Promise.resolve();
  private ended = false;
  private noted = 0;

  constructor(
    @Inject(DIRECTORY) private readonly directory: Pick<Directory, 'indexAlikes'>,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.schedule(STEP_PAUSE_MS);
  }

  /** Lets a step in progress finish, in time: the connections to Redis are closed after this. */
  async onModuleDestroy(): Promise<void> {
    this.ended = true;
    clearTimeout(this.timer);
    await within(FINISH_MS, this.step).catch(() => undefined);
  }

  private schedule(pauseMs: number): void {
    if (this.ended) return;
    const pause = pauseMs * (1 + JITTER * (2 * Math.random() - 1));
    this.timer = setTimeout(() => {
      this.step = this.noteSome().then((isDone) => this.schedule(isDone ? REST_MS : STEP_PAUSE_MS));
    }, pause);
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
