import { Inject } from '@nestjs/common';
import { ConnectedSocket, MessageBody, SubscribeMessage } from '@nestjs/websockets';
import type { ChangeTarget, ChannelsContract, ChannelTarget } from '@parley/contracts';
import type { RequestPayload, ServerFrameOf } from '@parley/protocol';
import { clientOf, type ServiceClient } from '@parley/service-kit';
import { FrameGateway } from '../frames/frame-gateway.decorator.js';
import type { Connection } from '../socket/connection.js';
import { namedTarget } from './named-target.js';

/** Each change is recognised when it is asked for again. */
const REPEATABLE = { isRepeatable: true };

/** Changes of messages: edits, deletions, reactions. */
@FrameGateway()
export class ChangesGateway {
  constructor(@Inject(clientOf('channels')) private readonly channels: ServiceClient<ChannelsContract>) {}

  @SubscribeMessage('messageEdit')
  async edit(
    @ConnectedSocket() connection: Connection,
    @MessageBody('messageEdit') payload: RequestPayload<'messageEdit'>,
  ): Promise<ServerFrameOf<'messageEdit'>> {
    const request = { ...targetOf(connection, payload), message: payload.message };
    const messageEdit = await this.channels.ask('channels.edit', request, REPEATABLE);
    return { type: 'messageEdit', messageEdit };
  }

  @SubscribeMessage('messageDelete')
  async delete(
    @ConnectedSocket() connection: Connection,
    @MessageBody('messageDelete') payload: RequestPayload<'messageDelete'>,
  ): Promise<ServerFrameOf<'messageDelete'>> {
    const request = targetOf(connection, payload);
    const messageDelete = await this.channels.ask('channels.delete', request, REPEATABLE);
    return { type: 'messageDelete', messageDelete };
  }

  @SubscribeMessage('reaction')
  async react(
    @ConnectedSocket() connection: Connection,
    @MessageBody('reaction') payload: RequestPayload<'reaction'>,
  ): Promise<ServerFrameOf<'reaction'>> {
    const { reaction, remove } = payload;
    const request = { ...targetOf(connection, payload), reaction, remove };
    const frame = await this.channels.ask('channels.react', request, REPEATABLE);
    return { type: 'reaction', reaction: frame };
  }
}

function targetOf(connection: Connection, payload: ChannelTarget & { readonly UUID: string }): ChangeTarget {
  const { recipientUUID, channelUUID, UUID } = payload;
  const { user } = connection.signedIn();
  return {
    user,
    target: namedTarget(connection, { recipientUUID, channelUUID }),
    UUID,
    key: connection.nextKey(),
  };
}
