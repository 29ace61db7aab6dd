import { Controller } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import type { ChannelsPurgeContract, ReplyOf, RequestTo } from '@parley/contracts';
import { OperatorPattern } from '@parley/service-kit';
import { UserDirectory } from '../user-directory.js';
import { PurgeService, USER_GONE, type UserGone } from './purge.service.js';

type Request<P extends keyof ChannelsPurgeContract> = RequestTo<ChannelsPurgeContract, P>;
type Reply<P extends keyof ChannelsPurgeContract> = Promise<ReplyOf<ChannelsPurgeContract, P>>;

/** Maps the requests of operators that delete, and what replicas tell each other of that, to calls. */
@Controller()
export class PurgeController {
  constructor(
    private readonly purge: PurgeService,
    private readonly directory: UserDirectory,
  ) {}

  @OperatorPattern('channels.purgeUser')
  async purgeUser(
    @Payload() { userUUID, cursor }: Request<'channels.purgeUser'>,
  ): Reply<'channels.purgeUser'> {
    return { cursor: await this.purge.purgeUser(userUUID, cursor) };
  }

  @OperatorPattern('channels.purgeChannel')
  async purgeChannel(
    @Payload() { channelUUID }: Request<'channels.purgeChannel'>,
  ): Reply<'channels.purgeChannel'> {
    await this.purge.purgeChannel(channelUUID);
    return {};
  }

  @EventPattern(USER_GONE, { broadcast: true, from: 'channels' })
  userGone(@Payload() { userUUID }: UserGone): void {
    this.directory.forget(userUUID);
  }
}
