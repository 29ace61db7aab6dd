import { Controller, Inject } from '@nestjs/common';
import { EventPattern, MessagePattern, Payload } from '@nestjs/microservices';
import {
  type ChannelsContract,
  GATEWAY_ENDED,
  type GatewayEnded,
  type JoinRequest,
  type ReplyOf,
  type RequestTo,
} from '@parley/contracts';
import { LOGGER, type Logger } from '@parley/service-kit';
import { answerEach } from './answer-each.js';
import { ChannelsService } from './channels.service.js';
import { InboxService } from './inbox.service.js';
import { INBOX_BEHIND, type InboxBehind } from './inbox-completion.js';

type Request<P extends keyof ChannelsContract> = RequestTo<ChannelsContract, P>;
type Reply<P extends keyof ChannelsContract> = Promise<ReplyOf<ChannelsContract, P>>;

/** Maps the requests of {@link ChannelsContract}, and the events that concern channels, to calls. */
@Controller()
export class ChannelsController {
  constructor(
    private readonly channels: ChannelsService,
    private readonly inboxes: InboxService,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  @MessagePattern('channels.find')
  async find(@Payload() { user, target }: Request<'channels.find'>): Reply<'channels.find'> {
    const { channelUUID, recipientUUID } = await this.channels.find(user, target);
    return { channelUUID, recipientUUID };
  }

  @MessagePattern('channels.joinAll')
  async joinAll(@Payload() { joins }: Request<'channels.joinAll'>): Reply<'channels.joinAll'> {
    const join = async (request: JoinRequest) => ({ joined: await this.channels.join(request) });
    return { outcomes: await answerEach(joins, join, this.logger) };
  }

  @MessagePattern('channels.leaveAll')
  async leaveAll(@Payload() { leaves }: Request<'channels.leaveAll'>): Reply<'channels.leaveAll'> {
    const left = await Promise.all(leaves.map((leave) => this.channels.leave(leave)));
    return { connections: left.map((count) => count ?? null) };
  }

  @EventPattern(GATEWAY_ENDED)
  async gatewayEnded(@Payload() { gatewayId }: GatewayEnded): Promise<void> {
    await this.channels.forgetGateway(gatewayId);
  }

  @EventPattern(INBOX_BEHIND)
  async inboxBehind(@Payload() behind: InboxBehind): Promise<void> {
    await this.inboxes.complete(behind);
  }
}
