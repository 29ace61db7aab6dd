import { Inject, Injectable } from '@nestjs/common';
import type { Identity } from '@parley/contracts';
import { AppError, LIMITS, type User, usernameKey } from '@parley/protocol';
import { LOGGER, type Logger } from '@parley/service-kit';
import { DIRECTORY, type Directory } from '../directory/directory.js';
import { UsersService } from '../users.service.js';
import { NameIndex } from './name-index.js';

/** Finding users by the beginning of their names. */
@Injectable()
export class SearchService {
  constructor(
    private readonly names: NameIndex,
    private readonly users: UsersService,
    @Inject(DIRECTORY) private readonly directory: Pick<Directory, 'after' | 'find'>,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /** Notes the name of a new user. One whose name cannot be noted now is a user all the same: {@link noteSome} comes to it. */
  async note(user: Identity): Promise<void> {
    await this.names.add([user]).catch((error: unknown) => {
      this.logger.warn({ err: error }, 'could not note a name for those who search');
    });
  }

  /**
   * Forgets the name of a user who is about to go. Idempotent.
   * @param name the name, for a user who has none in the directory any more.
   */
  async forget(UUID: string, name?: string): Promise<void> {
    const [user] = await this.directory.find([UUID]);
    const Username = user?.Username ?? name;
    if (Username !== undefined) await this.names.remove([{ key: usernameKey(Username), UUID }]);
  }

  /**
   * Returns the users whose names begin with a prefix, in any letter case, in the order of their names. Users who are gone are left out, so
   * that a page may have fewer.
   * @throws AppError INVALID_FIELD for more than a page.
   */
  async search(
    prefix: string,
    cursor: string | undefined,
    limit: number,
  ): Promise<{ users: User[]; cursor?: string | undefined }> {
    if (!Number.isInteger(limit) || limit < 1 || limit > LIMITS.usersPerPage)
      throw new AppError('INVALID_FIELD', { message: `limit: expected 1 to ${LIMITS.usersPerPage}` });
    const found = await this.names.find(prefix, cursor ?? '', limit);
    const users = await this.users.lookup(found.map(({ UUID }) => UUID));
    const names = new Map(users.map(({ UUID, Username }) => [UUID, usernameKey(Username)]));
    // The index follows the directory: what it has too much is removed by those who see it.
    await this.names.remove(found.filter(({ key, UUID }) => names.get(UUID) !== key));
    return found.length < limit ? { users } : { users, cursor: found.at(-1)?.key };
  }

  /**
   * Notes the names of some more users, in the order of registration.
   * @returns how many users were looked at; 0 when every name is noted.
   */
  async noteSome(most: number): Promise<number> {
    const place = await this.names.notedTo();
    const { users, to } = await this.directory.after(place, most);
    if (to === undefined) return 0;
    await this.names.add(users);
    await this.names.setNotedTo(to);
    return Math.max(users.length, 1);
  }
}
