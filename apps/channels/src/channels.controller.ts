import { Controller } from '@nestjs/common';
import { Ctx, EventPattern, MessagePattern, Payload } from '@nestjs/microservices';
import {
  type ChannelsContract,
  GATEWAY_ENDED,
  type GatewayEnded,
  type ReplyOf,
  type RequestTo,
} from '@parley/contracts';
import { RedisTransportContext } from '@parley/redis-transport';
import { ChannelsService } from './channels.service.js';

type Request<P extends keyof ChannelsContract> = RequestTo<ChannelsContract, P>;
type Reply<P extends keyof ChannelsContract> = Promise<ReplyOf<ChannelsContract, P>>;

/** Maps the requests of {@link ChannelsContract}, and the events that concern channels, to calls. */
@Controller()
export class ChannelsController {
  constructor(private readonly channels: ChannelsService) {}

  @MessagePattern('channels.find')
  async find(@Payload() { user, target }: Request<'channels.find'>): Reply<'channels.find'> {
    const { channelUUID, recipientUUID } = await this.channels.find(user, target);
    return { channelUUID, recipientUUID };
  }

  @MessagePattern('channels.join')
  join(
    @Payload() request: Request<'channels.join'>,
    @Ctx() context: RedisTransportContext,
  ): Reply<'channels.join'> {
    return this.channels.join(request, requestOf(context));
  }

  @MessagePattern('channels.leave')
  async leave(@Payload() request: Request<'channels.leave'>): Reply<'channels.leave'> {
    await this.channels.leave(request);
    return {};
  }

  @EventPattern(GATEWAY_ENDED)
  async gatewayEnded(@Payload() { gatewayId }: GatewayEnded): Promise<void> {
    await this.channels.forgetGateway(gatewayId);
  }
}

/** The same for every delivery of one request, and for every request that means to do the same once. */
function requestOf(context: RedisTransportContext): string {
  return context.getIdempotencyKey() ?? context.getRequestId();
}
