import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import type { ReplyOf, RequestTo, UsersPurgeContract } from '@parley/contracts';
import { OperatorPattern } from '@parley/service-kit';
import { ContactsService } from './contacts/contacts.service.js';
import { SearchService } from './search/search.service.js';
import { UsersService } from './users.service.js';

/** Answers operators who purge a user. */
@Controller()
export class PurgeController {
  constructor(
    private readonly users: UsersService,
    private readonly contacts: ContactsService,
    private readonly search: SearchService,
  ) {}

  @OperatorPattern('users.purge')
  async purge(
    @Payload() { userUUID, username }: RequestTo<UsersPurgeContract, 'users.purge'>,
  ): Promise<ReplyOf<UsersPurgeContract, 'users.purge'>> {
    await this.search.forget(userUUID, username);
    await this.users.purge(userUUID, username);
    await this.contacts.forget(userUUID);
    return {};
  }
}
