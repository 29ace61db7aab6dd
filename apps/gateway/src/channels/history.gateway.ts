import { Inject } from '@nestjs/common';
import { ConnectedSocket, MessageBody, SubscribeMessage } from '@nestjs/websockets';
import { type ChannelsContract, channelIdOf } from '@parley/contracts';
import { LIMITS, type RequestPayload, type ServerFrameOf } from '@parley/protocol';
import { clientOf, ServiceClient } from '@parley/service-kit';
import { MASTER_OF, type MasterOf, PageSlots } from '../delivery/masters.js';
import { FrameGateway } from '../frames/frame-gateway.decorator.js';
import type { Connection } from '../socket/connection.js';
import { namedTarget } from './named-target.js';

/** Pages of a channel's history. */
@FrameGateway()
export class HistoryGateway {
  private readonly slots: PageSlots;

  constructor(
    @Inject(clientOf('channels')) private readonly channels: ServiceClient<ChannelsContract>,
    @Inject(MASTER_OF) masterOf: MasterOf,
  ) {
    this.slots = new PageSlots(masterOf);
  }

  @SubscribeMessage('channelMessages')
  async page(
    @ConnectedSocket() connection: Connection,
    @MessageBody('channelMessages') payload: RequestPayload<'channelMessages'>,
  ): Promise<ServerFrameOf<'channelMessages'>> {
    const { user } = connection.signedIn();
    const { recipientUUID, channelUUID, limit = LIMITS.messagesOnJoin, ...range } = payload;
    const target = namedTarget(connection, { recipientUUID, channelUUID });
    const { messages, ...page } = await this.slots.run(channelIdOf(user.UUID, target), () =>
      this.channels.askPage('channels.history', limit, (size) => ({ user, target, ...range, limit: size })),
    );
    const channelMessages = { ...page, messagesReceived: messages.length, messages: [...messages] };
    return { type: 'channelMessages', channelMessages };
  }
}
