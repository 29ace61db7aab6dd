import { Inject } from '@nestjs/common';
import { ConnectedSocket, MessageBody, SubscribeMessage } from '@nestjs/websockets';
import type { ChannelsContract, UsersContract } from '@parley/contracts';
import { LIMITS, type RequestPayload, type ServerFrameOf } from '@parley/protocol';
import { clientOf, ServiceClient } from '@parley/service-kit';
import { FrameGateway } from '../frames/frame-gateway.decorator.js';
import type { Connection } from '../socket/connection.js';
import { Watching } from './watching.js';

/** Contacts, and users whose private messages are refused. Each change is answered with the lists after it. */
@FrameGateway()
export class ContactsGateway {
  constructor(
    @Inject(clientOf('users')) private readonly users: ServiceClient<UsersContract>,
    @Inject(clientOf('channels')) private readonly channels: ServiceClient<ChannelsContract>,
    private readonly watching: Watching,
  ) {}

  @SubscribeMessage('contacts')
  async list(
    @ConnectedSocket() connection: Connection,
    @MessageBody('contacts') { cursor, limit = LIMITS.contactsPerPage }: RequestPayload<'contacts'>,
  ): Promise<ServerFrameOf<'contacts'>> {
    const { userUUID } = connection.signedIn();
    return this.page(userUUID, limit, cursor);
  }

  @SubscribeMessage('contactAdd')
  add(
    @ConnectedSocket() connection: Connection,
    @MessageBody('contactAdd') { userUUID }: RequestPayload<'contactAdd'>,
  ): Promise<ServerFrameOf<'contacts'>> {
    return this.change(connection, 'users.addContact', userUUID);
  }

  @SubscribeMessage('contactRemove')
  remove(
    @ConnectedSocket() connection: Connection,
    @MessageBody('contactRemove') { userUUID }: RequestPayload<'contactRemove'>,
  ): Promise<ServerFrameOf<'contacts'>> {
    return this.change(connection, 'users.removeContact', userUUID);
  }

  @SubscribeMessage('block')
  block(
    @ConnectedSocket() connection: Connection,
    @MessageBody('block') { userUUID }: RequestPayload<'block'>,
  ): Promise<ServerFrameOf<'contacts'>> {
    return this.refuse(connection, 'channels.block', userUUID);
  }

  @SubscribeMessage('unblock')
  unblock(
    @ConnectedSocket() connection: Connection,
    @MessageBody('unblock') { userUUID }: RequestPayload<'unblock'>,
  ): Promise<ServerFrameOf<'contacts'>> {
    return this.refuse(connection, 'channels.unblock', userUUID);
  }

  private async change(
    connection: Connection,
    pattern: 'users.addContact' | 'users.removeContact',
    otherUUID: string,
  ): Promise<ServerFrameOf<'contacts'>> {
    const { userUUID } = connection.signedIn();
    await this.users.ask(pattern, { userUUID, otherUUID }, { idempotencyKey: connection.nextKey() });
    this.watching.changed(connection);
    return this.page(userUUID);
  }

  private async refuse(
    connection: Connection,
    pattern: 'channels.block' | 'channels.unblock',
    otherUUID: string,
  ): Promise<ServerFrameOf<'contacts'>> {
    const { user } = connection.signedIn();
    await this.channels.ask(pattern, { user, otherUUID }, { idempotencyKey: connection.nextKey() });
    return this.page(user.UUID);
  }

  private async page(
    userUUID: string,
    limit: number = LIMITS.contactsPerPage,
    cursor?: string,
  ): Promise<ServerFrameOf<'contacts'>> {
    const page = await this.users.ask('users.contacts', { userUUID, limit, cursor });
    const { contacts, blocked, cursor: next } = page;
    const lists = { contacts: [...contacts], blocked: [...blocked] };
    return { type: 'contacts', contacts: next === undefined ? lists : { ...lists, cursor: next } };
  }
}
