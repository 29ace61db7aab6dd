import { Inject } from '@nestjs/common';
import { MessageBody, SubscribeMessage } from '@nestjs/websockets';
import type { UsersContract } from '@parley/contracts';
import { LIMITS, type RequestPayload, type ServerFrameOf } from '@parley/protocol';
import { clientOf, ServiceClient } from '@parley/service-kit';
import pLimit from 'p-limit';
import { FrameGateway } from '../frames/frame-gateway.decorator.js';

/** The most pages of the list that one gateway asks for at the same time: about 2 MiB. */
export const LISTS_AT_ONCE = 16;

/** The list of users. */
@FrameGateway()
export class DirectoryGateway {
  private readonly slots = pLimit(LISTS_AT_ONCE);

  constructor(@Inject(clientOf('users')) private readonly users: ServiceClient<UsersContract>) {}

  @SubscribeMessage('users')
  async list(
    @MessageBody('users') { offset = 0, limit = LIMITS.usersPerPage }: RequestPayload<'users'>,
  ): Promise<ServerFrameOf<'users'>> {
    const { total, users } = await this.slots(() =>
      this.users.askPage('users.list', limit, (size) => ({ offset, limit: size })),
    );
    return { type: 'users', users: { total, received: users.length, users: [...users] } };
  }
}
