import { Controller } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import type { ChannelsContract, ReplyOf, RequestTo } from '@parley/contracts';
import { TypingService } from './typing.service.js';

/** Maps the request of {@link ChannelsContract} that tells who is writing to a call. */
@Controller()
export class TypingController {
  constructor(private readonly service: TypingService) {}

  @MessagePattern('channels.typing')
  async typing(
    @Payload() { user, target }: RequestTo<ChannelsContract, 'channels.typing'>,
  ): Promise<ReplyOf<ChannelsContract, 'channels.typing'>> {
    await this.service.tell(user, target);
    return {};
  }
}
