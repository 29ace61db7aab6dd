import { Controller } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import type { ChannelsContract, ReplyOf, RequestTo } from '@parley/contracts';
import { ReadsService } from './reads.service.js';

/** Maps the requests of {@link ChannelsContract} that say how far a user has read to calls. */
@Controller()
export class ReadsController {
  constructor(private readonly reads: ReadsService) {}

  @MessagePattern('channels.read')
  read(
    @Payload() request: RequestTo<ChannelsContract, 'channels.read'>,
  ): Promise<ReplyOf<ChannelsContract, 'channels.read'>> {
    return this.reads.read(request);
  }
}
