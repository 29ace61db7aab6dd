import { Controller } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import type { ChannelsExportContract, OwnDataContract, ReplyOf, RequestTo } from '@parley/contracts';
import { OperatorPattern } from '@parley/service-kit';
import { ExportService } from './export.service.js';

type Contracts = ChannelsExportContract & OwnDataContract;
type Request<P extends keyof Contracts> = RequestTo<Contracts, P>;
type Reply<P extends keyof Contracts> = Promise<ReplyOf<Contracts, P>>;

/** Answers operators, and gateways for operators' keys, who export an account or a channel. */
@Controller()
export class ExportController {
  constructor(private readonly exports: ExportService) {}

  @OperatorPattern('channels.privateChannelsOf')
  async privateChannelsOf(
    @Payload() { userUUID }: Request<'channels.privateChannelsOf'>,
  ): Reply<'channels.ownChannels'> {
    const channels = await this.exports.privateChannelsOf(userUUID);
    return { channels, groups: await this.exports.groupsOf(userUUID) };
  }

  @OperatorPattern('channels.messagesOf')
  messagesOf(
    @Payload() { userUUID, channelUUID, after }: Request<'channels.messagesOf'>,
  ): Reply<'channels.messagesOf'> {
    return this.exports.messagesOf(userUUID, channelUUID, after);
  }

  @MessagePattern('channels.ownChannels')
  ownChannels(@Payload() request: Request<'channels.ownChannels'>): Reply<'channels.ownChannels'> {
    return this.privateChannelsOf(request);
  }

  @MessagePattern('channels.ownMessages')
  ownMessages(@Payload() request: Request<'channels.ownMessages'>): Reply<'channels.ownMessages'> {
    return this.messagesOf(request);
  }

  @OperatorPattern('channels.exportPage')
  page(@Payload() { channelUUID, ...range }: Request<'channels.exportPage'>): Reply<'channels.exportPage'> {
    return this.exports.page(channelUUID, range);
  }
}
