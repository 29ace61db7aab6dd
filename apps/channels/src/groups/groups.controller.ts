import { Controller } from '@nestjs/common';
import { Ctx, EventPattern, MessagePattern, Payload } from '@nestjs/microservices';
import {
  ACCOUNT_DELETED,
  type AccountDeleted,
  type GroupsContract,
  type ReplyOf,
  type RequestTo,
} from '@parley/contracts';
import { RedisTransportContext } from '@parley/redis-transport';
import { deliveryOf, keyOf, untilHandled } from '../redis/delivery.js';
import { GroupMembers } from './group-members.js';
import { GroupsService } from './groups.service.js';

type Request<P extends keyof GroupsContract> = RequestTo<GroupsContract, P>;
type Reply<P extends keyof GroupsContract> = Promise<ReplyOf<GroupsContract, P>>;

/** Maps the requests of {@link GroupsContract} to calls. */
@Controller()
export class GroupsController {
  constructor(
    private readonly groups: GroupsService,
    private readonly groupMembers: GroupMembers,
  ) {}

  @MessagePattern('channels.createGroup')
  create(
    @Payload() request: Request<'channels.createGroup'>,
    @Ctx() context: RedisTransportContext,
  ): Reply<'channels.createGroup'> {
    return this.groups.create(request, deliveryOf(context));
  }

  @MessagePattern('channels.setGroup')
  set(
    @Payload() request: Request<'channels.setGroup'>,
    @Ctx() context: RedisTransportContext,
  ): Reply<'channels.setGroup'> {
    return this.groups.change(request, deliveryOf(context));
  }

  @MessagePattern('channels.readGroup')
  read(@Payload() request: Request<'channels.readGroup'>): Reply<'channels.readGroup'> {
    return this.groups.read(request);
  }

  @MessagePattern('channels.listGroups')
  list(@Payload() request: Request<'channels.listGroups'>): Reply<'channels.listGroups'> {
    return this.groups.list(request);
  }

  @MessagePattern('channels.members')
  members(@Payload() request: Request<'channels.members'>): Reply<'channels.members'> {
    return this.groups.members(request);
  }

  @MessagePattern('channels.audit')
  audit(@Payload() request: Request<'channels.audit'>): Reply<'channels.audit'> {
    return this.groups.audit(request);
  }

  @MessagePattern('channels.invite')
  invite(
    @Payload() request: Request<'channels.invite'>,
    @Ctx() context: RedisTransportContext,
  ): Reply<'channels.invite'> {
    return this.groupMembers.invite(request, deliveryOf(context));
  }

  /** A replica that died may have made users members and not told them. */
  @MessagePattern('channels.invite', { lapsed: true })
  async completeInvitation(
    @Payload() request: Request<'channels.invite'>,
    @Ctx() context: RedisTransportContext,
  ): Promise<void> {
    await untilHandled(() => this.groupMembers.completeInvitation(request, keyOf(context)));
  }

  @MessagePattern('channels.kick')
  kick(
    @Payload() request: Request<'channels.kick'>,
    @Ctx() context: RedisTransportContext,
  ): Reply<'channels.kick'> {
    return this.groupMembers.kick(request, deliveryOf(context));
  }

  /** A replica that died may have removed a member and not told the user. What was not done is not done now. */
  @MessagePattern('channels.kick', { lapsed: true })
  async completeKick(
    @Payload() request: Request<'channels.kick'>,
    @Ctx() context: RedisTransportContext,
  ): Promise<void> {
    await untilHandled(() => this.groupMembers.kick(request, { deadline: 0, id: keyOf(context) }));
  }

  @MessagePattern('channels.unban')
  unban(
    @Payload() request: Request<'channels.unban'>,
    @Ctx() context: RedisTransportContext,
  ): Reply<'channels.unban'> {
    return this.groupMembers.unban(request, deliveryOf(context));
  }

  @MessagePattern('channels.mute')
  mute(
    @Payload() request: Request<'channels.mute'>,
    @Ctx() context: RedisTransportContext,
  ): Reply<'channels.mute'> {
    return this.groupMembers.mute(request, deliveryOf(context));
  }

  @MessagePattern('channels.setRole')
  setRole(
    @Payload() request: Request<'channels.setRole'>,
    @Ctx() context: RedisTransportContext,
  ): Reply<'channels.setRole'> {
    return this.groupMembers.setRole(request, deliveryOf(context));
  }

  /** One replica does it; one that takes over does it again. */
  @EventPattern(ACCOUNT_DELETED, { from: 'auth' })
  async accountDeleted(@Payload() { UUID }: AccountDeleted): Promise<void> {
    await this.groupMembers.leaveAll(UUID);
  }
}
