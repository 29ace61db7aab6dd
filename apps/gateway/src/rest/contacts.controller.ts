import { Inject } from '@nestjs/common';
import type { ChannelsContract, UsersContract } from '@parley/contracts';
import { LIMITS } from '@parley/protocol';
import type { RestAnswer, RestAsked } from '@parley/protocol/rest';
import { clientOf, ServiceClient } from '@parley/service-kit';
import type { Caller } from './caller.js';
import { Asked, By, Operation, RestController } from './operation.decorator.js';
import { writeOnce } from './write-once.js';

/** Contacts, and users whose private messages are refused. */
@RestController()
export class ContactsController {
  constructor(
    @Inject(clientOf('users')) private readonly users: ServiceClient<UsersContract>,
    @Inject(clientOf('channels')) private readonly channels: ServiceClient<ChannelsContract>,
  ) {}

  @Operation('listContacts')
  async list(
    @Asked() { query: { cursor, limit = LIMITS.contactsPerPage } }: RestAsked<'listContacts'>,
    @By() { user }: Caller,
  ): Promise<RestAnswer<'listContacts'>> {
    const page = await this.users.ask('users.contacts', { userUUID: user.UUID, limit, cursor });
    return { contacts: [...page.contacts], blocked: [...page.blocked], cursor: page.cursor };
  }

  @Operation('addContact')
  add(@Asked() { params }: RestAsked<'addContact'>, @By() by: Caller): Promise<void> {
    return this.change('users.addContact', params.userUUID, by);
  }

  @Operation('removeContact')
  remove(@Asked() { params }: RestAsked<'removeContact'>, @By() by: Caller): Promise<void> {
    return this.change('users.removeContact', params.userUUID, by);
  }

  @Operation('blockUser')
  block(@Asked() { params }: RestAsked<'blockUser'>, @By() by: Caller): Promise<void> {
    return this.refuse('channels.block', params.userUUID, by);
  }

  @Operation('unblockUser')
  unblock(@Asked() { params }: RestAsked<'unblockUser'>, @By() by: Caller): Promise<void> {
    return this.refuse('channels.unblock', params.userUUID, by);
  }

  private async change(
    pattern: 'users.addContact' | 'users.removeContact',
    otherUUID: string,
    by: Caller,
  ): Promise<void> {
    await writeOnce(this.users, pattern, { userUUID: by.user.UUID, otherUUID }, by.requestKey());
  }

  private async refuse(
    pattern: 'channels.block' | 'channels.unblock',
    otherUUID: string,
    by: Caller,
  ): Promise<void> {
    await writeOnce(this.channels, pattern, { user: by.user, otherUUID }, by.requestKey());
  }
}
