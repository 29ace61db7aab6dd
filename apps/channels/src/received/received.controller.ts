import { Controller } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import type { ChannelsContract, ReplyOf, RequestTo } from '@parley/contracts';
import { ReceivedService } from './received.service.js';

/** Answers what a user has received. */
@Controller()
export class ReceivedController {
  constructor(private readonly received: ReceivedService) {}

  @MessagePattern('channels.received')
  list(
    @Payload() request: RequestTo<ChannelsContract, 'channels.received'>,
  ): Promise<ReplyOf<ChannelsContract, 'channels.received'>> {
    return this.received.list(request);
  }
}
