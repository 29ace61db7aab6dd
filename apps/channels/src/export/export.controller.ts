import { Controller } from '@nestjs/common';
import { Payload } from '@nestjs/microservices';
import type { ChannelsExportContract, ReplyOf, RequestTo } from '@parley/contracts';
import { OperatorPattern } from '@parley/service-kit';
import { ExportService } from './export.service.js';

type Request<P extends keyof ChannelsExportContract> = RequestTo<ChannelsExportContract, P>;
type Reply<P extends keyof ChannelsExportContract> = Promise<ReplyOf<ChannelsExportContract, P>>;

/** Answers operators who export an account or a channel. */
@Controller()
export class ExportController {
  constructor(private readonly exports: ExportService) {}

  @OperatorPattern('channels.privateChannelsOf')
  async privateChannelsOf(
    @Payload() { userUUID }: Request<'channels.privateChannelsOf'>,
  ): Reply<'channels.privateChannelsOf'> {
    const channels = await this.exports.privateChannelsOf(userUUID);
    return { channels, groups: await this.exports.groupsOf(userUUID) };
  }

  @OperatorPattern('channels.messagesOf')
  messagesOf(
    @Payload() { userUUID, channelUUID, after }: Request<'channels.messagesOf'>,
  ): Reply<'channels.messagesOf'> {
    return this.exports.messagesOf(userUUID, channelUUID, after);
  }

  @OperatorPattern('channels.exportPage')
  page(@Payload() { channelUUID, ...range }: Request<'channels.exportPage'>): Reply<'channels.exportPage'> {
    return this.exports.page(channelUUID, range);
  }
}
