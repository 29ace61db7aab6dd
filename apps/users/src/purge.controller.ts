import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import type { ReplyOf, RequestTo, UsersPurgeContract } from '@parley/contracts';
import { OperatorPattern } from '@parley/service-kit';
import { ContactsService } from './contacts/contacts.service.js';
import { UsersService } from './users.service.js';

/** Answers operators who purge a user. */
@Controller()
export class PurgeController {
  constructor(
    private readonly users: UsersService,
    private readonly contacts: ContactsService,
  ) {}

  @OperatorPattern('users.purge')
  async purge(
    @Payload() { userUUID, username }: RequestTo<UsersPurgeContract, 'users.purge'>,
  ): Promise<ReplyOf<UsersPurgeContract, 'users.purge'>> {
    await this.users.purge(userUUID, username);
    await this.contacts.forget(userUUID);
    return {};
  }
}
