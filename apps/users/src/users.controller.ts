import { Controller } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import type { ReplyOf, RequestTo, UsersContract } from '@parley/contracts';
import { PresenceService } from './presence.service.js';
import { UsersService } from './users.service.js';

type Asked<P extends keyof UsersContract> = RequestTo<UsersContract, P>;
type Answer<P extends keyof UsersContract> = Promise<ReplyOf<UsersContract, P>>;

/** Answers the requests of the users contract. */
@Controller()
export class UsersController {
  constructor(
    private readonly users: UsersService,
    private readonly presence: PresenceService,
  ) {}

  @MessagePattern('users.register')
  register(@Payload() user: Asked<'users.register'>): Answer<'users.register'> {
    return this.users.register(user);
  }

  @MessagePattern('users.lookup')
  async lookup(@Payload() { UUIDs }: Asked<'users.lookup'>): Answer<'users.lookup'> {
    return { users: await this.users.lookup(UUIDs) };
  }

  @MessagePattern('users.list')
  list(@Payload() { offset, limit }: Asked<'users.list'>): Answer<'users.list'> {
    return this.users.list(offset, limit);
  }

  @MessagePattern('users.connect')
  async connect(@Payload() connection: Asked<'users.connect'>): Answer<'users.connect'> {
    return { first: await this.presence.connect(connection) };
  }

  @MessagePattern('users.disconnect')
  async disconnect(@Payload() connection: Asked<'users.disconnect'>): Answer<'users.disconnect'> {
    return { last: await this.presence.disconnect(connection) };
  }

  @MessagePattern('users.renewLease')
  renewLease(@Payload() { gatewayId }: Asked<'users.renewLease'>): Answer<'users.renewLease'> {
    return this.presence.renewLease(gatewayId);
  }

  @MessagePattern('users.endLease')
  async endLease(@Payload() { gatewayId }: Asked<'users.endLease'>): Answer<'users.endLease'> {
    await this.presence.endLease(gatewayId);
    return {};
  }
}
