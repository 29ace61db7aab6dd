import { Inject, Injectable } from '@nestjs/common';
import {
  CONTACTS_CHANGED,
  type ContactsChanged,
  type ContactsReply,
  type ContactsRequest,
  type ListedUser,
} from '@parley/contracts';
import { AppError, LIMITS, type User } from '@parley/protocol';
import { isRefusedWrite } from '@parley/redis';
import { RedisTransportError } from '@parley/redis-transport';
import { EventPublisher, type Events } from '@parley/service-kit';
import { DIRECTORY, type Directory } from '../directory/directory.js';
import { UsersService } from '../users.service.js';
import { ContactsRepository, type ListPage, type UserList } from './contacts.repository.js';

/** What a full list is called. */
const FULL: Readonly<Record<UserList, string>> = {
  contacts: 'You have as many contacts as are allowed.',
  blocked: 'You have blocked as many users as is allowed.',
};
const ADDED = { contacts: 'contactAdd', blocked: 'block' } as const;
const REMOVED = { contacts: 'contactRemove', blocked: 'unblock' } as const;

/** A request that changes a list. */
export interface ListRequest {
  /** An earlier replica may have done it, and died before it told. */
  readonly isRepeated: boolean;
  readonly key: string;
}

/** The rules of the lists that a user keeps of others: contacts, and those who are blocked. */
@Injectable()
export class ContactsService {
  constructor(
    private readonly repository: ContactsRepository,
    private readonly users: UsersService,
    @Inject(DIRECTORY) private readonly directory: Directory,
    @Inject(EventPublisher) private readonly events: Events,
  ) {}

  /**
   * Returns a page of both lists, with who is online. Whose account is gone is left out, and taken off the list.
   * @throws AppError INVALID_FIELD for more than a page, or another cursor than that of an answer.
   */
  async page({ userUUID, cursor, limit }: ContactsRequest): Promise<ContactsReply> {
    if (!(limit >= 1 && limit <= LIMITS.contactsPerPage))
      throw new AppError('INVALID_FIELD', { message: `limit: expected 1 to ${LIMITS.contactsPerPage}` });
    const places = placesOf(cursor);
    const [contacts, blocked] = await Promise.all([
      this.part('contacts', userUUID, limit, places?.[0]),
      this.part('blocked', userUUID, limit, places?.[1]),
    ]);
    const found = await this.users.lookup([...new Set([...contacts.UUIDs, ...blocked.UUIDs])]);
    const people = new Map(found.map((user) => [user.UUID, user]));
    return {
      contacts: await this.present('contacts', userUUID, contacts, people),
      blocked: await this.present('blocked', userUUID, blocked, people),
      ...(contacts.next + blocked.next > 0 && { cursor: `${contacts.next}/${blocked.next}` }),
    };
  }

  /** The contacts of a user that were added last, `most` at most, also those whose accounts are gone. */
  async newestOf(userUUID: string, most: number): Promise<readonly string[]> {
    return (await this.repository.page('contacts', userUUID, most, undefined)).UUIDs;
  }

  /**
   * Puts another user on a list, and tells of it.
   * @throws AppError INVALID_FIELD for oneself, USER_NOT_FOUND, LIMIT_REACHED.
   */
  async add(
    list: UserList,
    { userUUID, otherUUID }: ListedUser,
    { isRepeated, key }: ListRequest,
  ): Promise<void> {
    if (userUUID === otherUUID)
      throw new AppError('INVALID_FIELD', { message: 'userUUID: expected another user' });
    await this.mustExist(otherUUID);
    const added = await this.repository.add(list, userUUID, otherUUID);
    if (added === 'FULL') throw new AppError('LIMIT_REACHED', { message: FULL[list] });
    // The account may have been deleted meanwhile, and its lists with it: nothing else would find this one.
    await this.mustExist(userUUID).catch(async (error: unknown) => {
      await this.repository.forget(userUUID);
      throw error;
    });
    if (added === 'ADDED' || isRepeated) await this.tell({ userUUID, otherUUID, change: ADDED[list], key });
  }

  /**
   * Takes another user off a list, and tells of it.
   * @throws AppError USER_NOT_FOUND for one who is neither there nor a user.
   */
  async remove(
    list: UserList,
    { userUUID, otherUUID }: ListedUser,
    { isRepeated, key }: ListRequest,
  ): Promise<void> {
    const removed = await this.repository.remove(list, userUUID, [otherUUID]);
    if (removed === 0) await this.mustExist(otherUUID);
    if (removed > 0 || isRepeated) await this.tell({ userUUID, otherUUID, change: REMOVED[list], key });
  }

  /**
   * Tells of a request whose deadline has passed, if it was done: a replica may have died before it told. Changes nothing.
   * @param isToBeListed whether the other user is on the list once it is done.
   */
  async tellAgain(
    list: UserList,
    { userUUID, otherUUID }: ListedUser,
    isToBeListed: boolean,
    key: string,
  ): Promise<void> {
    if ((await this.repository.has(list, userUUID, otherUUID)) !== isToBeListed) return;
    const change = isToBeListed ? ADDED[list] : REMOVED[list];
    await this.tell({ userUUID, otherUUID, change, key });
  }

  /** Forgets the lists of a user who is gone from the directory. */
  forget(userUUID: string): Promise<void> {
    return this.repository.forget(userUUID);
  }

  private part(list: UserList, owner: string, limit: number, before: number | undefined): Promise<ListPage> {
    return before === 0 ? Promise.resolve(NOBODY) : this.repository.page(list, owner, limit, before);
  }

  /** Those of a page who exist. A user never comes back with the same UUID. */
  private async present(
    list: UserList,
    owner: string,
    { UUIDs }: ListPage,
    people: ReadonlyMap<string, User>,
  ): Promise<User[]> {
    const gone = UUIDs.filter((UUID) => !people.has(UUID));
    if (gone.length > 0)
      await this.repository.remove(list, owner, gone).catch((error: unknown) => {
        if (!isRefusedWrite(error)) throw error;
      });
    return UUIDs.map((UUID) => people.get(UUID)).filter((user) => user !== undefined);
  }

  private async mustExist(UUID: string): Promise<void> {
    const [user] = await this.directory.find([UUID]);
    if (user === undefined) throw new AppError('USER_NOT_FOUND');
  }

  /** A full Redis takes no event: the list has changed all the same. */
  private async tell(changed: ContactsChanged): Promise<void> {
    await this.events.publish<ContactsChanged>(CONTACTS_CHANGED, changed).catch((error: unknown) => {
      if (!(error instanceof RedisTransportError && error.code === 'STORAGE_FULL')) throw error;
    });
  }
}

/** The page after the end of a list. */
const NOBODY: ListPage = { UUIDs: [], next: 0 };

/** Where both lists go on; 0 for one that has ended. */
function placesOf(cursor: string | undefined): readonly number[] | undefined {
  if (cursor === undefined) return undefined;
  if (!/^\d{1,15}\/\d{1,15}$/.test(cursor))
    throw new AppError('INVALID_FIELD', { message: 'cursor: expected that of the answer before' });
  return cursor.split('/').map(Number);
}
