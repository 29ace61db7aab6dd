import { ConnectedSocket, MessageBody, SubscribeMessage } from '@nestjs/websockets';
import type { RequestOf, RequestPayload, ServerFrameOf } from '@parley/protocol';
import { FrameGateway } from '../frames/frame-gateway.decorator.js';
import type { Connection } from '../socket/connection.js';
import { Joins } from './joins.js';
import { Posts } from './posts.js';

/** Channels: joining, leaving, posting. */
@FrameGateway()
export class ChannelGateway {
  constructor(
    private readonly joins: Joins,
    private readonly posts: Posts,
  ) {}

  @SubscribeMessage('channelJoin')
  join(
    @ConnectedSocket() connection: Connection,
    @MessageBody() { id, channelJoin }: RequestOf<'channelJoin'>,
  ): Promise<ServerFrameOf<'channelJoin'>> {
    return this.joins.join(connection, channelJoin, id !== undefined);
  }

  @SubscribeMessage('channelLeave')
  leave(
    @ConnectedSocket() connection: Connection,
    @MessageBody('channelLeave') payload: RequestPayload<'channelLeave'>,
  ): Promise<ServerFrameOf<'channelLeave'>> {
    return this.joins.leave(connection, payload);
  }

  /** Acknowledged only if the sender asked for it: the demo's client gets no frame that it does not know. */
  @SubscribeMessage('channelMessage')
  async post(
    @ConnectedSocket() connection: Connection,
    @MessageBody() request: RequestOf<'channelMessage'>,
  ): Promise<ServerFrameOf<'ack'> | undefined> {
    const isAsked = request.id !== undefined || request.channelMessage.clientUUID !== undefined;
    if (isAsked) connection.expectAnswer();
    const ack = await this.posts.post(connection, request.channelMessage);
    return isAsked ? ack : undefined;
  }
}
