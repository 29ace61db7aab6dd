import { Controller } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { ACCOUNT_DELETED, type AccountDeleted } from '@parley/contracts';
import { UserDirectory } from './user-directory.js';

/** Hears of accounts that were deleted. */
@Controller()
export class AccountsController {
  constructor(private readonly directory: UserDirectory) {}

  /** Each replica remembers names, and so each is told. From then on nobody can write to the user. */
  @EventPattern(ACCOUNT_DELETED, { broadcast: true, from: 'auth' })
  forgetName(@Payload() { UUID }: AccountDeleted): void {
    this.directory.forget(UUID);
  }
}
