import { Inject } from '@nestjs/common';
import { ConnectedSocket, MessageBody, SubscribeMessage } from '@nestjs/websockets';
import type { ChannelsContract } from '@parley/contracts';
import { LIMITS, type RequestPayload, type ServerFrameOf } from '@parley/protocol';
import { clientOf, ServiceClient } from '@parley/service-kit';
import { FrameGateway } from '../frames/frame-gateway.decorator.js';
import type { Connection } from '../socket/connection.js';

/** Pages of a channel's history. */
@FrameGateway()
export class HistoryGateway {
  constructor(@Inject(clientOf('channels')) private readonly channels: ServiceClient<ChannelsContract>) {}

  @SubscribeMessage('channelMessages')
  async page(
    @ConnectedSocket() connection: Connection,
    @MessageBody('channelMessages') payload: RequestPayload<'channelMessages'>,
  ): Promise<ServerFrameOf<'channelMessages'>> {
    const { user } = connection.signedIn();
    const { recipientUUID, channelUUID, limit = LIMITS.messagesOnJoin, ...range } = payload;
    const request = { user, target: { recipientUUID, channelUUID }, limit, ...range };
    const { messages, ...page } = await this.channels.ask('channels.history', request);
    const channelMessages = { ...page, messagesReceived: messages.length, messages: [...messages] };
    return { type: 'channelMessages', channelMessages };
  }
}
