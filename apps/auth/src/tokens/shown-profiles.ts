import { Inject, Injectable } from '@nestjs/common';
import type { ShownProfile } from '@parley/contracts';
import { LOGGER, type Logger } from '@parley/service-kit';
import { PROFILES, type Profiles } from '../profiles.js';
import { EXTERNAL_STORE, type ExternalStore } from './external-store.js';

/** What an identity provider says of a user now. What is undefined stays as it was; what is empty goes. */
export type SaidProfile = ShownProfile;

/** A user of an identity provider, by both ids. */
export interface ShownUser {
  readonly id: string;
  readonly userUUID: string;
}

/** Shows the names and pictures of the identity provider's users. */
@Injectable()
export class ShownProfiles {
  constructor(
    @Inject(EXTERNAL_STORE) private readonly store: Pick<ExternalStore, 'noteShown'>,
    @Inject(PROFILES) private readonly profiles: Pick<Profiles, 'show'>,
    @Inject(LOGGER) private readonly logger: Pick<Logger, 'warn'>,
  ) {}

  /**
   * Shows what the provider says, if that is news. Nobody is kept out by a failure: the next sign-in tries again.
   * @param shown what was shown before, as it is stored.
   */
  async follow({ id, userUUID }: ShownUser, said: SaidProfile, shown = '{}'): Promise<void> {
    const before = JSON.parse(shown) as ShownProfile;
    const now = { Name: said.Name ?? before.Name, Picture: said.Picture ?? before.Picture };
    const profile = { Name: now.Name || undefined, Picture: now.Picture || undefined };
    const text = JSON.stringify(profile);
    if (text === shown) return;
    try {
      await this.profiles.show({ UUID: userUUID, ...profile });
      await this.store.noteShown(id, { userUUID, shown: text });
    } catch (error) {
      this.logger.warn({ err: error, userUUID }, 'could not show what the identity provider says of a user');
    }
  }
}
