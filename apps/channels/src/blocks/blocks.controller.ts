import { Controller } from '@nestjs/common';
import { Ctx, MessagePattern, Payload } from '@nestjs/microservices';
import type { ChannelsContract, ReplyOf, RequestTo } from '@parley/contracts';
import { RedisTransportContext } from '@parley/redis-transport';
import { deliveryOf } from '../redis/delivery.js';
import { BlocksService } from './blocks.service.js';

type Request<P extends keyof ChannelsContract> = RequestTo<ChannelsContract, P>;
type Reply<P extends keyof ChannelsContract> = Promise<ReplyOf<ChannelsContract, P>>;

/** Answers the requests about blocks. */
@Controller()
export class BlocksController {
  constructor(private readonly blocks: BlocksService) {}

  @MessagePattern('channels.block')
  async block(
    @Payload() request: Request<'channels.block'>,
    @Ctx() context: RedisTransportContext,
  ): Reply<'channels.block'> {
    await this.blocks.block(request, deliveryOf(context));
    return {};
  }

  @MessagePattern('channels.unblock')
  async unblock(
    @Payload() request: Request<'channels.unblock'>,
    @Ctx() context: RedisTransportContext,
  ): Reply<'channels.unblock'> {
    await this.blocks.unblock(request, deliveryOf(context));
    return {};
  }

  /** A replica that died may have changed what is refused, and not the list. */
  @MessagePattern('channels.block', { lapsed: true })
  completeBlock(@Payload() request: Request<'channels.block'>): Promise<void> {
    return this.blocks.complete(request);
  }

  @MessagePattern('channels.unblock', { lapsed: true })
  completeUnblock(@Payload() request: Request<'channels.unblock'>): Promise<void> {
    return this.blocks.complete(request);
  }
}
