import { Inject } from '@nestjs/common';
import { ConnectedSocket, MessageBody, SubscribeMessage } from '@nestjs/websockets';
import type { ChannelsContract } from '@parley/contracts';
import type { RequestPayload, ServerFrameOf } from '@parley/protocol';
import { clientOf, ServiceClient } from '@parley/service-kit';
import { FrameGateway } from '../frames/frame-gateway.decorator.js';
import type { Connection } from '../socket/connection.js';
import { namedTarget } from './named-target.js';

/** How far users have read. */
@FrameGateway()
export class ReadsGateway {
  constructor(@Inject(clientOf('channels')) private readonly channels: ServiceClient<ChannelsContract>) {}

  @SubscribeMessage('channelRead')
  async read(
    @ConnectedSocket() connection: Connection,
    @MessageBody('channelRead') { seq, recipientUUID, channelUUID }: RequestPayload<'channelRead'>,
  ): Promise<ServerFrameOf<'channelRead'>> {
    const { user } = connection.signedIn();
    const target = namedTarget(connection, { recipientUUID, channelUUID });
    const channelRead = await this.channels.ask('channels.read', { user, target, seq });
    return { type: 'channelRead', channelRead };
  }
}
