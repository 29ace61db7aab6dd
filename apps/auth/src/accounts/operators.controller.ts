import { Controller } from '@nestjs/common';
import { Ctx, Payload } from '@nestjs/microservices';
import type { AuthOperatorContract, ReplyOf, RequestTo } from '@parley/contracts';
import type { RedisTransportContext } from '@parley/redis-transport';
import { OperatorPattern } from '@parley/service-kit';
import { requestKey } from '../request-key.js';
import { AccountsService } from './accounts.service.js';
import { SessionsOfAll } from './sessions-of-all.js';

type Request<P extends keyof AuthOperatorContract> = RequestTo<AuthOperatorContract, P>;
type Reply<P extends keyof AuthOperatorContract> = Promise<ReplyOf<AuthOperatorContract, P>>;

/** Answers the requests of operators. */
@Controller()
export class OperatorsController {
  constructor(
    private readonly accounts: AccountsService,
    private readonly all: SessionsOfAll,
  ) {}

  @OperatorPattern('auth.bar')
  bar(@Payload() { username, bar }: Request<'auth.bar'>): Reply<'auth.bar'> {
    return this.accounts.bar(username, bar);
  }

  @OperatorPattern('auth.unbar')
  unbar(@Payload() { username, bar }: Request<'auth.unbar'>): Reply<'auth.unbar'> {
    return this.accounts.unbar(username, bar);
  }

  @OperatorPattern('auth.endSessionsOf')
  endSessions(@Payload() { username }: Request<'auth.endSessionsOf'>): Reply<'auth.endSessionsOf'> {
    return this.accounts.endSessions(username);
  }

  @OperatorPattern('auth.endSessionsOfAll')
  endSessionsOfAll(@Payload() { before }: Request<'auth.endSessionsOfAll'>): Reply<'auth.endSessionsOfAll'> {
    return this.all.endPage(before);
  }

  @OperatorPattern('auth.delete')
  remove(
    @Payload() { username }: Request<'auth.delete'>,
    @Ctx() context: RedisTransportContext,
  ): Reply<'auth.delete'> {
    return this.accounts.remove(username, requestKey(context));
  }

  @OperatorPattern('auth.account')
  account(@Payload() { username }: Request<'auth.account'>): Reply<'auth.account'> {
    return this.accounts.stored(username);
  }
}
