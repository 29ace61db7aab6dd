import { setTimeout as sleep } from 'node:timers/promises';
import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import type { UsersContract } from '@parley/contracts';
import { clientOf, LOGGER, type Logger, type ServiceClient } from '@parley/service-kit';
import { type ToldUser, ToldUsers } from './told-users.js';

/** How often a replica looks what is written down, in milliseconds. */
const LOOK_EVERY_MS = 1_000;
/** How long what another replica has noted is left to it, in milliseconds. */
const OTHERS_AFTER_MS = 5_000;
/** Users who are looked at in one look. */
const USERS_AT_ONCE = 100;

/**
 * Hands on to the users service what auth has written down of users. Each replica hands on what it has changed itself; what one has
 * left that died, the others find. An event may be handed on twice, under the same key, and those of a user in order.
 */
@Injectable()
export class UserEvents implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly stopping = new AbortController();
  private ended: Promise<void> = Promise.resolve();
  private isFailing = false;

  constructor(
    private readonly told: ToldUsers,
    @Inject(clientOf('users')) private readonly users: Pick<ServiceClient<UsersContract>, 'ask'>,
    @Inject(LOGGER) private readonly logger: Pick<Logger, 'info' | 'warn'>,
  ) {}

  onApplicationBootstrap(): void {
    this.ended = this.run();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    await this.ended;
  }

  /** Hands on what there is. Rejects as Redis and the users service do; what is left is handed on by the next look. */
  async look(othersUntil = Date.now() - OTHERS_AFTER_MS): Promise<void> {
    if (!this.told.areAsked) return;
    for (const user of await this.told.noted(othersUntil, USERS_AT_ONCE)) await this.handOn(user);
  }

  private async handOn(user: ToldUser): Promise<void> {
    for (;;) {
      const { events, last } = await this.told.events(user.userUUID);
      if (last === undefined) return this.told.forget(user);
      await this.users.ask('users.noteUserEvents', { events });
      await this.told.handedOn(user.userUUID, last);
    }
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      await this.look().then(
        () => this.noteWell(),
        (error: unknown) => this.noteFailed(error),
      );
      await sleep(LOOK_EVERY_MS, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  private noteWell(): void {
    if (this.isFailing) this.logger.info('events of users are handed on again');
    this.isFailing = false;
  }

  private noteFailed(error: unknown): void {
    if (!this.isFailing) this.logger.warn({ err: error }, 'events of users are not handed on');
    this.isFailing = true;
  }
}
