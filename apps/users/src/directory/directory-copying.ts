import { Inject, Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import type { RedisConnection } from '@parley/redis';
import { LOGGER, type Logger, REDIS } from '@parley/service-kit';
import { UsersKeys } from '../redis/keys.js';
import { readManyFor } from '../redis/read-many-for.js';
import { SETTLES_MS } from '../slots-in-use.js';
import { Steps } from '../steps.js';
import { DirectoryRepository } from './directory.repository.js';
import { DirectoryCopies } from './directory-copies.js';

/** Users per step: 1,000 are up to 128 scripts, of some 16 entries each. */
const USERS_PER_STEP = 1_000;

/**
 * Copies the users to the many slots who were there before, while the service runs. Every replica does. Later ones are copied with
 * their claim, or here if the claim was cut off.
 */
@Injectable()
export class DirectoryCopying implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly steps = new Steps(() => this.takeStep());

  constructor(
    private readonly one: DirectoryRepository,
    private readonly copies: DirectoryCopies,
    @Inject(REDIS) private readonly redis: RedisConnection,
    private readonly keys: UsersKeys,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  onApplicationBootstrap(): void {
    this.steps.start();
  }

  onModuleDestroy(): Promise<void> {
    return this.steps.stop();
  }

  /**
   * Copies the next users, at most `most`, once every replica copies those who come. Returns whether there may be more.
   * Rejects with Redis's error; then the next step repeats this one.
   */
  async copySome(most = USERS_PER_STEP): Promise<boolean> {
    const manyForMs = await readManyFor(this.redis, this.keys.directory.manyFrom(), { delayMs: 0 });
    if (manyForMs === undefined || manyForMs < SETTLES_MS) return false;
    const { users, to, removals } = await this.one.uncopied(most);
    if (to === undefined) {
      if (await this.one.noteAllCopied()) this.logger.info('every user is copied to many slots');
      return false;
    }
    await this.copies.add(users, removals);
    await this.one.noteCopied(to);
    return true;
  }

  private async takeStep(): Promise<boolean> {
    try {
      return !(await this.copySome());
    } catch (error) {
      this.logger.warn({ err: error }, 'could not copy the directory to many slots');
      return true;
    }
  }
}
