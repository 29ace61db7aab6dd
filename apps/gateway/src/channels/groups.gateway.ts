import { Inject } from '@nestjs/common';
import { ConnectedSocket, MessageBody, SubscribeMessage } from '@nestjs/websockets';
import { type ChannelsContract, newGroupId } from '@parley/contracts';
import { LIMITS, type RequestPayload, type ServerFrameOf } from '@parley/protocol';
import { clientOf, ServiceClient } from '@parley/service-kit';
import { FrameGateway } from '../frames/frame-gateway.decorator.js';
import type { Connection } from '../socket/connection.js';

/** Groups themselves: how they are made, changed and listed. */
@FrameGateway()
export class GroupsGateway {
  constructor(@Inject(clientOf('channels')) private readonly channels: ServiceClient<ChannelsContract>) {}

  /** The id is chosen here: a request that is handled twice makes one group. */
  @SubscribeMessage('channelCreate')
  async create(
    @ConnectedSocket() connection: Connection,
    @MessageBody('channelCreate') { name, private: isPrivate, topic = '' }: RequestPayload<'channelCreate'>,
  ): Promise<ServerFrameOf<'channelCreate'>> {
    const { user } = connection.signedIn();
    const request = { user, channelUUID: newGroupId(), name, topic, private: isPrivate };
    const options = { idempotencyKey: connection.nextKey() };
    const { channel } = await this.channels.ask('channels.createGroup', request, options);
    return { type: 'channelCreate', channelCreate: { channel } };
  }

  @SubscribeMessage('channelSet')
  async set(
    @ConnectedSocket() connection: Connection,
    @MessageBody('channelSet') payload: RequestPayload<'channelSet'>,
  ): Promise<ServerFrameOf<'channelSet'>> {
    const { user } = connection.signedIn();
    const options = { idempotencyKey: connection.nextKey() };
    const { channel } = await this.channels.ask('channels.setGroup', { user, ...payload }, options);
    return { type: 'channelSet', channelSet: { channel } };
  }

  @SubscribeMessage('channels')
  async list(
    @ConnectedSocket() connection: Connection,
    @MessageBody('channels') { scope, cursor, limit = LIMITS.channelsPerPage }: RequestPayload<'channels'>,
  ): Promise<ServerFrameOf<'channels'>> {
    const { user } = connection.signedIn();
    const { channels, cursor: next } = await this.channels.askPage('channels.listGroups', limit, (size) => ({
      ...{ user, scope, cursor, limit: size },
    }));
    return {
      type: 'channels',
      channels: { channels: [...channels], ...(next !== undefined && { cursor: next }) },
    };
  }

  @SubscribeMessage('channelAudit')
  async audit(
    @ConnectedSocket() connection: Connection,
    @MessageBody('channelAudit')
    { channelUUID, cursor, limit = LIMITS.auditEntriesPerPage }: RequestPayload<'channelAudit'>,
  ): Promise<ServerFrameOf<'channelAudit'>> {
    const { user } = connection.signedIn();
    const { entries, cursor: next } = await this.channels.askPage('channels.audit', limit, (size) => ({
      ...{ user, channelUUID, cursor, limit: size },
    }));
    const channelAudit = { channelUUID, entries: [...entries], ...(next !== undefined && { cursor: next }) };
    return { type: 'channelAudit', channelAudit };
  }
}
