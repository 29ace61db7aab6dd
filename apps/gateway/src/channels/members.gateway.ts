import { Inject } from '@nestjs/common';
import { ConnectedSocket, MessageBody, SubscribeMessage } from '@nestjs/websockets';
import type { ChannelsContract } from '@parley/contracts';
import { LIMITS, type RequestPayload, type ServerFrameOf } from '@parley/protocol';
import { clientOf, ServiceClient } from '@parley/service-kit';
import { FrameGateway } from '../frames/frame-gateway.decorator.js';
import type { Connection } from '../socket/connection.js';

/** Who is in a group, and as what. The channels service refuses who may not change that. */
@FrameGateway()
export class MembersGateway {
  constructor(@Inject(clientOf('channels')) private readonly channels: ServiceClient<ChannelsContract>) {}

  @SubscribeMessage('channelMembers')
  async list(
    @ConnectedSocket() connection: Connection,
    @MessageBody('channelMembers')
    { channelUUID, cursor, limit = LIMITS.membersPerPage }: RequestPayload<'channelMembers'>,
  ): Promise<ServerFrameOf<'channelMembers'>> {
    const { user } = connection.signedIn();
    const page = await this.channels.askPage('channels.members', limit, (size) => ({
      ...{ user, channelUUID, cursor, limit: size },
    }));
    const { members, ...rest } = page;
    return { type: 'channelMembers', channelMembers: { channelUUID, members: [...members], ...rest } };
  }

  @SubscribeMessage('channelInvite')
  async invite(
    @ConnectedSocket() connection: Connection,
    @MessageBody('channelInvite') { channelUUID, userUUID, userUUIDs }: RequestPayload<'channelInvite'>,
  ): Promise<ServerFrameOf<'channelInvite'>> {
    const { user } = connection.signedIn();
    const invitees = userUUIDs ?? (userUUID === undefined ? [] : [userUUID]);
    const request = { user, channelUUID, userUUIDs: invitees };
    const options = { idempotencyKey: connection.nextKey() };
    const { invited, refused } = await this.channels.ask('channels.invite', request, options);
    const channelInvite = { channelUUID, userUUIDs: [...invited], refused: [...refused] };
    return { type: 'channelInvite', channelInvite };
  }

  @SubscribeMessage('channelKick')
  async kick(
    @ConnectedSocket() connection: Connection,
    @MessageBody('channelKick') { channelUUID, userUUID, ban = false }: RequestPayload<'channelKick'>,
  ): Promise<ServerFrameOf<'channelKick'>> {
    const { user } = connection.signedIn();
    const request = { user, channelUUID, userUUID, ban };
    const { seq: Seq } = await this.channels.ask('channels.kick', request, {
      idempotencyKey: connection.nextKey(),
    });
    return { type: 'channelKick', channelKick: { channelUUID, Seq, userUUID, ...(ban && { ban }) } };
  }

  @SubscribeMessage('channelUnban')
  async unban(
    @ConnectedSocket() connection: Connection,
    @MessageBody('channelUnban') { channelUUID, userUUID }: RequestPayload<'channelUnban'>,
  ): Promise<ServerFrameOf<'channelUnban'>> {
    const { user } = connection.signedIn();
    const request = { user, channelUUID, userUUID };
    const { seq: Seq } = await this.channels.ask('channels.unban', request, {
      idempotencyKey: connection.nextKey(),
    });
    return { type: 'channelUnban', channelUnban: { channelUUID, Seq, userUUID } };
  }

  @SubscribeMessage('channelMute')
  async mute(
    @ConnectedSocket() connection: Connection,
    @MessageBody('channelMute') { channelUUID, userUUID, seconds }: RequestPayload<'channelMute'>,
  ): Promise<ServerFrameOf<'channelMute'>> {
    const { user } = connection.signedIn();
    const request = { user, channelUUID, userUUID, seconds };
    const { seq: Seq, mutedUntil } = await this.channels.ask('channels.mute', request, {
      idempotencyKey: connection.nextKey(),
    });
    const until = mutedUntil === undefined ? {} : { mutedUntil };
    return { type: 'channelMute', channelMute: { channelUUID, Seq, userUUID, ...until } };
  }

  @SubscribeMessage('channelRole')
  async setRole(
    @ConnectedSocket() connection: Connection,
    @MessageBody('channelRole') { channelUUID, userUUID, role }: RequestPayload<'channelRole'>,
  ): Promise<ServerFrameOf<'channelRole'>> {
    const { user } = connection.signedIn();
    const request = { user, channelUUID, userUUID, role };
    const { seq: Seq } = await this.channels.ask('channels.setRole', request, {
      idempotencyKey: connection.nextKey(),
    });
    return { type: 'channelRole', channelRole: { channelUUID, Seq, userUUID, role } };
  }
}
