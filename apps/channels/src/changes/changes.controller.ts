import { Controller } from '@nestjs/common';
import { Ctx, MessagePattern, Payload } from '@nestjs/microservices';
import type { ChannelsContract, ReplyOf, RequestTo } from '@parley/contracts';
import { RedisTransportContext } from '@parley/redis-transport';
import { deliveryOf, NEVER_LATE, untilHandled } from '../redis/delivery.js';
import { ChangesService } from './changes.service.js';

type Request<P extends keyof ChannelsContract> = RequestTo<ChannelsContract, P>;
type Reply<P extends keyof ChannelsContract> = Promise<ReplyOf<ChannelsContract, P>>;

/** Maps the requests of {@link ChannelsContract} that change messages to calls. */
@Controller()
export class ChangesController {
  constructor(private readonly changes: ChangesService) {}

  @MessagePattern('channels.edit')
  edit(
    @Payload() request: Request<'channels.edit'>,
    @Ctx() context: RedisTransportContext,
  ): Reply<'channels.edit'> {
    return this.changes.edit(request, deliveryOf(context));
  }

  /** A replica that died may have edited a message and not told whom it mentions. What was not done is not done now. */
  @MessagePattern('channels.edit', { lapsed: true })
  async completeEdit(@Payload() request: Request<'channels.edit'>): Promise<void> {
    await untilHandled(() => this.changes.edit(request, { ...NEVER_LATE, deadline: 0 }));
  }

  @MessagePattern('channels.delete')
  delete(
    @Payload() request: Request<'channels.delete'>,
    @Ctx() context: RedisTransportContext,
  ): Reply<'channels.delete'> {
    return this.changes.delete(request, deliveryOf(context));
  }

  @MessagePattern('channels.react')
  react(
    @Payload() request: Request<'channels.react'>,
    @Ctx() context: RedisTransportContext,
  ): Reply<'channels.react'> {
    return this.changes.react(request, deliveryOf(context));
  }
}
