import type { Identity, UsersContract } from '@parley/contracts';
import type { ServiceClient } from '@parley/service-kit';

/** The profiles of users, which the users service keeps. */
export interface Profiles {
  /**
   * Makes sure that the user has a profile. Idempotent.
   * @throws AppError USERNAME_TAKEN when another user has the name there.
   */
  ensure(user: Identity): Promise<void>;
}

/** Users whose profile is known to exist, per replica; about 100 bytes each. */
const REMEMBERED = 10_000;

/** Asks the users service, once per user for as long as it remembers. Profiles are never removed. */
export class RegisteredProfiles implements Profiles {
  private readonly known = new Set<string>();

  constructor(
    private readonly users: Pick<ServiceClient<UsersContract>, 'ask'>,
    private readonly most = REMEMBERED,
  ) {}

  async ensure(user: Identity): Promise<void> {
    if (this.known.has(user.UUID)) return;
    await this.users.ask('users.register', user);
    this.known.add(user.UUID);
    if (this.known.size > this.most) this.known.delete(this.known.values().next().value!);
  }
}
