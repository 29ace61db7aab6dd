import { Inject } from '@nestjs/common';
import { MessageBody, SubscribeMessage } from '@nestjs/websockets';
import type { UsersContract } from '@parley/contracts';
import { LIMITS, type RequestPayload, type ServerFrameOf } from '@parley/protocol';
import { clientOf, ServiceClient } from '@parley/service-kit';
import { FrameGateway } from '../frames/frame-gateway.decorator.js';

/** The list of users. */
@FrameGateway()
export class DirectoryGateway {
  constructor(@Inject(clientOf('users')) private readonly users: ServiceClient<UsersContract>) {}

  @SubscribeMessage('users')
  async list(
    @MessageBody('users') { offset = 0, limit = LIMITS.usersPerPage }: RequestPayload<'users'>,
  ): Promise<ServerFrameOf<'users'>> {
    const { total, users } = await this.users.ask('users.list', { offset, limit });
    return { type: 'users', users: { total, received: users.length, users: [...users] } };
  }
}
