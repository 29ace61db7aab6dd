import { Inject, Injectable } from '@nestjs/common';
import type { Identity, ShownProfile, UsersContract } from '@parley/contracts';
import { clientOf, type ServiceClient } from '@parley/service-kit';
import { LRUCache } from 'lru-cache';

/** Injection token of the {@link Profiles}. */
export const PROFILES = Symbol('profiles');

/** The profiles of users, which the users service keeps. */
export interface Profiles {
  /**
   * Ensures that the user has a profile. Idempotent.
   * @throws AppError USERNAME_TAKEN if another user's profile has the name.
   */
  ensure(user: Identity): Promise<void>;
  /**
   * Gives the user another name, or a profile if there is none. Idempotent.
   * @throws AppError USERNAME_TAKEN as {@link ensure}; the user keeps the name of before then.
   */
  rename(user: Identity): Promise<void>;
  /** Shows what an identity provider says of the user, in place of what was shown before. Idempotent. @throws AppError USER_NOT_FOUND */
  show(profile: ShownProfile & { readonly UUID: string }): Promise<void>;
}

/** Users whose profile is known to exist, per replica: about 100 bytes each. */
export const PROFILES_REMEMBERED = 10_000;

/**
 * Asks the users service once per user, for as long as it remembers the user. The profile of a deleted account is removed, and
 * nobody asks for it again.
 */
@Injectable()
export class RegisteredProfiles implements Profiles {
  private readonly known = new LRUCache<string, true>({ max: PROFILES_REMEMBERED });

  constructor(@Inject(clientOf('users')) private readonly users: Pick<ServiceClient<UsersContract>, 'ask'>) {}

  async ensure(user: Identity): Promise<void> {
    if (this.known.get(user.UUID)) return;
    await this.users.ask('users.register', user);
    this.known.set(user.UUID, true);
  }

  async rename(user: Identity): Promise<void> {
    await this.users.ask('users.rename', user);
    this.known.set(user.UUID, true);
  }

  async show(profile: ShownProfile & { readonly UUID: string }): Promise<void> {
    await this.users.ask('users.setProfile', profile);
  }
}
