import { Inject, Injectable } from '@nestjs/common';
import { type DatedUser, type Identity, type ShownProfile, shownUser } from '@parley/contracts';
import { AppError, LIMITS, type User } from '@parley/protocol';
import { DIRECTORY, type Directory } from './directory/directory.js';
import { type AllPresence, PRESENCE } from './presence.js';
import { ProfilesRepository } from './profiles/profiles.repository.js';

/** The rules of the directory: who is a user, and how others see that user. */
@Injectable()
export class UsersService {
  constructor(
    @Inject(DIRECTORY) private readonly directory: Directory,
    @Inject(PRESENCE) private readonly presence: Pick<AllPresence, 'online'>,
    @Inject(ProfilesRepository)
    private readonly profiles: Pick<ProfilesRepository, 'find' | 'set' | 'tell' | 'forget'>,
  ) {}

  /**
   * Claims a username. Idempotent.
   * @throws AppError USERNAME_TAKEN
   */
  register(user: Identity): Promise<Identity> {
    return this.directory.claim(user);
  }

  /**
   * Gives a user another name, or a first one. The user is the last in the order of registration then. Idempotent.
   * @throws AppError USERNAME_TAKEN, and the user keeps the name of before.
   */
  async rename(user: Identity): Promise<Identity> {
    const [known] = await this.directory.find([user.UUID]);
    if (known === undefined || known.Username === user.Username) return this.directory.claim(user);
    const [owner = user] = await this.directory.findNamed([user.Username]);
    if (owner.UUID !== user.UUID) throw new AppError('USERNAME_TAKEN');
    const [since = 'unknown' as const] = await this.directory.createdAt([user.UUID]);
    // A replica that dies between these leaves no name, and the sign-in that asked for this claims one again.
    await this.directory.purge(user.UUID, undefined, true);
    try {
      return await this.directory.claim(user, since, 'renamed');
    } catch (error) {
      await this.directory.claim(known, since, 'before');
      throw error;
    }
  }

  /** Forgets a user whose account was deleted. The name stays taken. Idempotent. */
  async forget(userUUID: string): Promise<void> {
    await this.directory.forget(userUUID);
    await this.profiles.forget(userUUID);
  }

  /**
   * Shows from now on what an identity provider says of a user, and tells of it if that is a change. Idempotent.
   * @throws AppError USER_NOT_FOUND
   */
  async setProfile({ UUID, Name, Picture }: ShownProfile & { readonly UUID: string }): Promise<void> {
    const untold = await this.profiles.set(UUID, { Name, Picture });
    const [user] = await this.directory.find([UUID]);
    if (user !== undefined) {
      if (untold !== undefined) await this.profiles.tell(UUID, untold);
      return;
    }
    // Gone, perhaps meanwhile: nothing else would forget it.
    await this.profiles.forget(UUID);
    throw new AppError('USER_NOT_FOUND');
  }

  /**
   * Returns the users among `UUIDs` that exist, in that order.
   * @param withProfiles whether to show what identity providers say of them, too.
   * @throws AppError INVALID_FIELD for more than a page.
   */
  async lookup(UUIDs: readonly string[], withProfiles = true): Promise<User[]> {
    if (UUIDs.length > LIMITS.usersPerPage) throw tooMany('UUIDs');
    // All at once: one round trip.
    const [found, show] = await Promise.all([this.directory.find(UUIDs), this.shown(UUIDs, withProfiles)]);
    return found.flatMap((user, index) => (user ? [show(user, index)] : []));
  }

  /** The users with the time at which each was made, where that is known. */
  async dated(users: readonly User[]): Promise<DatedUser[]> {
    const times = await this.directory.createdAt(users.map(({ UUID }) => UUID));
    return users.map((user, at) => {
      const time = times[at];
      return time === undefined ? user : { ...user, createdAt: new Date(time).toISOString() };
    });
  }

  /**
   * Returns the users with these names, in any letter case.
   * @throws AppError INVALID_FIELD for more than a page.
   */
  lookupNames(names: readonly string[]): Promise<Identity[]> {
    if (names.length > LIMITS.usersPerPage) throw tooMany('names');
    return this.directory.findNamed(names);
  }

  /** Removes a user from the directory for ever, as {@link Directory.purge}. */
  async purge(UUID: string, Username?: string): Promise<void> {
    await this.directory.purge(UUID, Username);
    await this.profiles.forget(UUID);
  }

  /**
   * Returns a page of the directory, in the order of registration.
   * @throws AppError INVALID_FIELD for more than a page, or an impossible place.
   */
  async list(offset: number, limit: number): Promise<{ total: number; users: User[] }> {
    if (!isPlace(offset)) throw new AppError('INVALID_FIELD', { message: 'offset: expected a place from 0' });
    if (!isPlace(limit) || limit < 1 || limit > LIMITS.usersPerPage) throw tooMany('limit');
    const { total, users } = await this.directory.page(offset, limit);
    return { total, users: users.map(await this.shown(users.map(({ UUID }) => UUID))) };
  }

  /**
   * Returns the users who follow `cursor` in the order of registration, or the first ones.
   * @throws AppError INVALID_FIELD for more than a page, or a cursor that is none.
   */
  async page(
    cursor: string | undefined,
    limit: number,
  ): Promise<{ users: User[]; cursor?: string | undefined }> {
    const place = cursor ?? '0';
    if (!PLACE.test(place) || !isPlace(Number(place)))
      throw new AppError('INVALID_FIELD', { message: WRONG_CURSOR });
    if (!isPlace(limit) || limit < 1 || limit > LIMITS.usersPerPage) throw tooMany('limit');
    const { users, to, isEnd } = await this.directory.after(place, limit);
    const shown = users.map(await this.shown(users.map(({ UUID }) => UUID)));
    return isEnd ? { users: shown } : { users: shown, cursor: to };
  }

  /** Reads what is shown of these users besides their names. @returns a function that shows one, at the same place. */
  private async shown(
    UUIDs: readonly string[],
    withProfiles = true,
  ): Promise<(user: Identity, index: number) => User> {
    const [online, profiles] = await Promise.all([
      this.presence.online(UUIDs),
      withProfiles ? this.profiles.find(UUIDs) : [],
    ]);
    return (user, index) => ({ ...shownUser(user, online[index] === true), ...profiles[index] });
  }
}

const PLACE = /^\d{1,16}$/;
const WRONG_CURSOR = 'cursor: expected that of the answer before';

const isPlace = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;

const tooMany = (field: string): AppError =>
  new AppError('INVALID_FIELD', { message: `${field}: expected 1 to ${LIMITS.usersPerPage}` });
