import { Inject, Injectable } from '@nestjs/common';
import { botUUIDOf, type Identity } from '@parley/contracts';
import { AppError, usernameKey } from '@parley/protocol';
import { LOGGER, type Logger } from '@parley/service-kit';
import { CREDENTIAL_STORE, type CredentialStore } from '../credential-store.js';
import { PasswordHasher } from '../password-hasher.js';
import { PROFILES, type Profiles } from '../profiles.js';
import { newUserUUID } from '../request-secrets.js';
import { barred } from '../session-store.js';
import {
  EXTERNAL_STORE,
  type External,
  type ExternalStore,
  externalId,
  type StoredExternal,
} from './external-store.js';
import { type SaidProfile, ShownProfiles } from './shown-profiles.js';
import { namelessName, usernames, wantedName } from './usernames.js';

/** A user of an identity provider, and what the provider calls the user: the first name that a username can be made of counts. */
export interface NamedExternal extends External {
  readonly names: readonly string[];
  /** What is shown besides. */
  readonly shown?: SaidProfile | undefined;
  /** Whether a newcomer becomes a bot. */
  readonly isBot?: true | undefined;
}

/** A user of an identity provider who is known here by now. */
interface Known {
  readonly id: string;
  readonly userUUID: string;
  /** The username so far. */
  readonly username: string | undefined;
  readonly wanted: string;
}

/**
 * Who the users of an identity provider are here. The pair of issuer and subject decides, and nothing else does: a name never leads
 * to an account that somebody else has.
 */
@Injectable()
export class ExternalUsers {
  constructor(
    @Inject(EXTERNAL_STORE) private readonly store: ExternalStore,
    @Inject(CREDENTIAL_STORE) private readonly credentials: CredentialStore,
    @Inject(PROFILES) private readonly profiles: Profiles,
    private readonly hasher: PasswordHasher,
    private readonly shown: ShownProfiles,
    @Inject(LOGGER) private readonly logger: Pick<Logger, 'warn'>,
  ) {}

  /**
   * The user, who is created if there is none yet, and renamed if the provider has another name by now. What else it says of the user
   * is shown. What a replica that died has left half done is finished.
   * @param requestKey names the request: the same each time it is handled, and different for every other request.
   * @throws AppError FORBIDDEN if the account is deleted.
   */
  async ensure(external: NamedExternal, requestKey: string): Promise<{ user: Identity; created: boolean }> {
    const id = externalId(external);
    const stored = await this.store.find(id);
    if (stored?.deletedAt !== undefined) throw barred('deleted');
    const newUUID = newUserUUID(requestKey, id);
    const candidate = external.isBot ? botUUIDOf(newUUID) : newUUID;
    const userUUID = stored?.userUUID ?? (await this.store.claim(external, candidate));
    // A token without a name renames nobody.
    const wanted = wantedName(external.names) ?? stored?.wanted ?? namelessName(userUUID);
    const Username =
      (await this.settled(stored, userUUID, wanted)) ??
      (await this.chosen({ id, userUUID, username: stored?.username, wanted }));
    if (external.shown !== undefined)
      await this.shown.follow({ id, userUUID }, external.shown, stored?.shown);
    return { user: { UUID: userUUID, Username }, created: userUUID === candidate };
  }

  /** The user, undefined if there is none. */
  async find(
    external: External,
  ): Promise<{ stored: StoredExternal | undefined; user: Identity | undefined }> {
    const stored = await this.store.find(externalId(external));
    const { userUUID, username, deletedAt } = stored ?? {};
    const isUser = userUUID !== undefined && username !== undefined && deletedAt === undefined;
    return { stored, user: isUser ? { UUID: userUUID, Username: username } : undefined };
  }

  /** The username, if it is the one for the wanted name and the user has a profile with it. */
  private async settled(
    stored: StoredExternal | undefined,
    UUID: string,
    wanted: string,
  ): Promise<string | undefined> {
    if (stored?.username === undefined || stored.wanted !== wanted) return undefined;
    const user = { UUID, Username: stored.username };
    // The directory has another name only if a replica died while it renamed the user.
    await this.profiles.ensure(user).catch((error) => {
      if (!isTaken(error)) throw error;
      return this.profiles.rename(user);
    });
    return user.Username;
  }

  /** Chooses a username. A user who has one keeps it until it can be changed: a users service of the release before cannot. */
  private async chosen(known: Known): Promise<string> {
    try {
      return await this.named(known);
    } catch (error) {
      if (known.username === undefined || !(error instanceof AppError && error.retryable)) throw error;
      this.logger.warn({ err: error, userUUID: known.userUUID }, 'could not rename a user');
      return known.username;
    }
  }

  /** Chooses a username, and gives it to the user. @returns the one that the user has then. */
  private async named(known: Known): Promise<string> {
    for (const candidate of usernames(known.wanted, known.userUUID)) {
      // In another letter case it is the same name, and stays as it is.
      const isSame = known.username !== undefined && usernameKey(candidate) === usernameKey(known.username);
      if (isSame) return this.note(known, known.username!);
      if (await this.take(known, candidate)) return this.note(known, candidate);
    }
    // The odds of that are those of a fault. The sign-in may be tried again.
    throw new AppError('UNAVAILABLE');
  }

  /** Takes a username in the directory, too. @returns false if another user has it, or one that looks like it. */
  private async take({ id, userUUID: UUID, username }: Known, Username: string): Promise<boolean> {
    const user = { UUID, Username };
    const passwordHash = this.hasher.decoy();
    const credential = await this.credentials.create({ user, passwordHash, places: [], external: id });
    if (credential.user.UUID !== UUID) return false;
    try {
      await (username === undefined ? this.profiles.ensure(user) : this.profiles.rename(user));
      return true;
    } catch (error) {
      // Nothing has this name of the user's yet. A sign-in at the same time that got as far ends the same way.
      if (isTaken(error) || username !== undefined) await this.credentials.remove(user);
      if (!isTaken(error)) throw error;
      return false;
    }
  }

  private async note({ id, userUUID: UUID, username: from, wanted }: Known, to: string): Promise<string> {
    const name = await this.store.rename(id, { from, to, wanted });
    if (name === '') throw barred('deleted');
    // Another sign-in has chosen meanwhile: what this one took is not needed, and the directory follows the other.
    if (name !== to) {
      await this.profiles.rename({ UUID, Username: name });
      await this.credentials.remove({ UUID, Username: to });
    } else if (from !== undefined && from !== to) {
      await this.credentials.remove({ UUID, Username: from });
    }
    return name;
  }
}

const isTaken = (error: unknown): boolean => error instanceof AppError && error.name === 'USERNAME_TAKEN';
