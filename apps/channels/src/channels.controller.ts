import { Controller, Inject } from '@nestjs/common';
import { Ctx, EventPattern, MessagePattern, Payload } from '@nestjs/microservices';
import {
  type ChannelsContract,
  GATEWAY_ENDED,
  type GatewayEnded,
  type LeaveRequest,
  type LeftReply,
  type Part,
  type ReplyOf,
  type RequestTo,
} from '@parley/contracts';
import { RedisTransportContext } from '@parley/redis-transport';
import { answerEach, LOGGER, type Logger } from '@parley/service-kit';
import type { Observable } from 'rxjs';
import { ChannelsService } from './channels.service.js';
import { orApart } from './hooks/or-apart.js';
import { deliveryOf } from './redis/delivery.js';

type Request<P extends keyof ChannelsContract> = RequestTo<ChannelsContract, P>;
type Reply<P extends keyof ChannelsContract> = Promise<ReplyOf<ChannelsContract, P>>;

/** Maps the requests of {@link ChannelsContract}, and the events that concern channels, to calls. */
@Controller()
export class ChannelsController {
  constructor(
    private readonly channels: ChannelsService,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  @MessagePattern('channels.find')
  async find(@Payload() { user, target }: Request<'channels.find'>): Reply<'channels.find'> {
    const { channelUUID, recipientUUID } = await this.channels.find(user, target);
    return { channelUUID, recipientUUID };
  }

  @MessagePattern('channels.joinAll')
  joinAll(
    @Payload() { joins, parts, apart }: Request<'channels.joinAll'>,
    @Ctx() context: RedisTransportContext,
  ): Observable<ReplyOf<ChannelsContract, 'channels.joinAll'>> {
    const { logger } = this;
    const delivery = deliveryOf(context);
    return answerEach({ items: joins, parts, logger }, (join) =>
      orApart(async () => ({ joined: await this.channels.join(join, delivery, !apart) })),
    );
  }

  @MessagePattern('channels.leaveAll')
  leaveAll(
    @Payload() { leaves, parts }: Request<'channels.leaveAll'>,
    @Ctx() context: RedisTransportContext,
  ): Reply<'channels.leaveAll'> | Observable<Part<LeftReply>> {
    const { logger } = this;
    const { order } = deliveryOf(context);
    const leave = async (each: LeaveRequest) => ({
      left: (await this.channels.leave(each, { order })) ?? null,
    });
    return parts ? answerEach({ items: leaves, parts, logger }, leave) : this.wholly(leaves, leave);
  }

  @EventPattern(GATEWAY_ENDED, { from: 'users' })
  async gatewayEnded(@Payload() { gatewayId }: GatewayEnded): Promise<void> {
    await this.channels.forgetGateway(gatewayId);
  }

  /** The answer to a gateway of the release before, for one release longer: an item that fails is the failure of all. */
  private async wholly(
    leaves: readonly LeaveRequest[],
    leave: (each: LeaveRequest) => Promise<unknown>,
  ): Reply<'channels.leaveAll'> {
    await Promise.all(leaves.map(leave));
    return {};
  }
}
