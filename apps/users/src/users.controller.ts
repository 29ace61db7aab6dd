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

  @MessagePattern('users.connectAll')
  async connectAll(@Payload() { connections }: Asked<'users.connectAll'>): Answer<'users.connectAll'> {
    return { firsts: await Promise.all(connections.map((each) => this.presence.connect(each))) };
  }

  @MessagePattern('users.disconnectAll')
  async disconnectAll(
    @Payload() { connections }: Asked<'users.disconnectAll'>,
  ): Answer<'users.disconnectAll'> {
    return { lasts: await Promise.all(connections.map((each) => this.presence.disconnect(each))) };
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
