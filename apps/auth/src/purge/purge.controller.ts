import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import type { AuthPurgeContract, ReplyOf, RequestTo } from '@parley/contracts';
import { OperatorPattern } from '@parley/service-kit';
import { PurgeService } from './purge.service.js';

type Request<P extends keyof AuthPurgeContract> = RequestTo<AuthPurgeContract, P>;
type Reply<P extends keyof AuthPurgeContract> = Promise<ReplyOf<AuthPurgeContract, P>>;

/** Answers operators who purge a user. */
@Controller()
export class PurgeController {
  constructor(private readonly purges: PurgeService) {}

  @OperatorPattern('auth.ownerOf')
  async ownerOf(@Payload() { username }: Request<'auth.ownerOf'>): Reply<'auth.ownerOf'> {
    return { user: await this.purges.ownerOf(username) };
  }

  @OperatorPattern('auth.purge')
  async purge(@Payload() { userUUID, username }: Request<'auth.purge'>): Reply<'auth.purge'> {
    return { ended: await this.purges.purge(userUUID, username) };
  }
}
