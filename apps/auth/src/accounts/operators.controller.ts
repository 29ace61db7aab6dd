import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import type { AuthOperatorContract, ReplyOf, RequestTo } from '@parley/contracts';
import { OperatorPattern } from '@parley/service-kit';
import { AccountsService } from './accounts.service.js';

type Request<P extends keyof AuthOperatorContract> = RequestTo<AuthOperatorContract, P>;
type Reply<P extends keyof AuthOperatorContract> = Promise<ReplyOf<AuthOperatorContract, P>>;

/** Answers the requests of operators. */
@Controller()
export class OperatorsController {
  constructor(private readonly accounts: AccountsService) {}

  @OperatorPattern('auth.bar')
  bar(@Payload() { username, bar }: Request<'auth.bar'>): Reply<'auth.bar'> {
    return this.accounts.bar(username, bar);
  }
}
