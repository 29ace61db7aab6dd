import { Controller } from '@nestjs/common';
import { Ctx, MessagePattern, Payload } from '@nestjs/microservices';
import {
  type AuthContract,
  type ReplyOf,
  type RequestTo,
  type Unopened,
  UnopenedError,
} from '@parley/contracts';
import type { RedisTransportContext } from '@parley/redis-transport';
import { requestKey } from '../request-key.js';
import { OwnAccountService } from './own-account.service.js';

type Request<P extends keyof AuthContract> = RequestTo<AuthContract, P>;
type Reply<P extends keyof AuthContract> = Promise<ReplyOf<AuthContract, P>>;

/** Answers what users ask about their own accounts. */
@Controller()
export class OwnAccountController {
  constructor(private readonly account: OwnAccountService) {}

  @MessagePattern('auth.changePassword')
  async changePassword(
    @Payload() asked: Request<'auth.changePassword'>,
    @Ctx() context: RedisTransportContext,
  ): Reply<'auth.changePassword'> {
    return orUnopened(async () => ({ ended: await this.account.changePassword(asked, requestKey(context)) }));
  }

  @MessagePattern('auth.listSessions')
  listSessions(@Payload() { userUUID }: Request<'auth.listSessions'>): Reply<'auth.listSessions'> {
    return this.account.sessions(userUUID);
  }

  @MessagePattern('auth.endSessions')
  async endSessions(
    @Payload() { userUUID, sessionUUIDs }: Request<'auth.endSessions'>,
  ): Reply<'auth.endSessions'> {
    return { ended: await this.account.endSessions(userUUID, sessionUUIDs) };
  }

  @MessagePattern('auth.deleteAccount')
  async deleteAccount(
    @Payload() asked: Request<'auth.deleteAccount'>,
    @Ctx() context: RedisTransportContext,
  ): Reply<'auth.deleteAccount'> {
    return orUnopened(async () => {
      await this.account.remove(asked, requestKey(context));
      return {};
    });
  }
}

/** A box that cannot be opened is an answer: the gateway seals the secrets to another key. */
async function orUnopened<T>(work: () => Promise<T>): Promise<T | Unopened> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof UnopenedError)) throw error;
    return { unopened: true };
  }
}
