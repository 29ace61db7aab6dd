import { Inject } from '@nestjs/common';
import type { ChannelsContract, ToMember } from '@parley/contracts';
import { LIMITS } from '@parley/protocol';
import type { RestAnswer, RestAsked } from '@parley/protocol/rest';
import { clientOf, ServiceClient } from '@parley/service-kit';
import type { Caller } from './caller.js';
import { Asked, By, Operation, RestController } from './operation.decorator.js';
import { writeOnce } from './write-once.js';

/** Who is in a group, and as what. The channels service refuses who may not change that. */
@RestController()
export class MembersController {
  constructor(@Inject(clientOf('channels')) private readonly channels: ServiceClient<ChannelsContract>) {}

  @Operation('listMembers')
  async list(
    @Asked()
    { params: { channelUUID }, query: { cursor, limit = LIMITS.membersPerPage } }: RestAsked<'listMembers'>,
    @By() { user }: Caller,
  ): Promise<RestAnswer<'listMembers'>> {
    const page = await this.channels.askPage('channels.members', limit, (size) => ({
      ...{ user, channelUUID, cursor, limit: size },
    }));
    return { channelUUID, total: page.total, members: [...page.members], cursor: page.cursor };
  }

  @Operation('inviteMembers')
  async invite(
    @Asked() { params: { channelUUID }, body: { userUUIDs } }: RestAsked<'inviteMembers'>,
    @By() by: Caller,
  ): Promise<RestAnswer<'inviteMembers'>> {
    const request = { user: by.user, channelUUID, userUUIDs };
    const { invited, refused } = await writeOnce(this.channels, 'channels.invite', request, by.requestKey());
    return { channelUUID, userUUIDs: [...invited], refused: [...refused] };
  }

  /** As a `subscribe` of the wire, which makes its user a member. Who is one already stays it. */
  @Operation('joinChannel')
  async join(
    @Asked() { params: { channelUUID } }: RestAsked<'joinChannel'>,
    @By() { user }: Caller,
  ): Promise<RestAnswer<'joinChannel'>> {
    await this.channels.ask('channels.open', { user, target: { channelUUID }, namesPartner: true });
    return (await this.channels.ask('channels.readGroup', { user, channelUUID })).channel;
  }

  @Operation('removeMember')
  async remove(
    @Asked() { params, query: { ban = false } }: RestAsked<'removeMember'>,
    @By() by: Caller,
  ): Promise<RestAnswer<'removeMember'>> {
    const request = { ...toMember(params, by), ban };
    const { seq } = await writeOnce(this.channels, 'channels.kick', request, by.requestKey(String(ban)));
    return { ...params, Seq: seq, ...(ban && { ban }) };
  }

  @Operation('unbanMember')
  async unban(
    @Asked() { params }: RestAsked<'unbanMember'>,
    @By() by: Caller,
  ): Promise<RestAnswer<'unbanMember'>> {
    const { seq } = await writeOnce(this.channels, 'channels.unban', toMember(params, by), by.requestKey());
    return { ...params, Seq: seq };
  }

  @Operation('muteMember')
  async mute(
    @Asked() { params, body: { seconds } }: RestAsked<'muteMember'>,
    @By() by: Caller,
  ): Promise<RestAnswer<'muteMember'>> {
    const request = { ...toMember(params, by), seconds };
    const { seq, mutedUntil } = await writeOnce(this.channels, 'channels.mute', request, by.requestKey());
    return { ...params, Seq: seq, ...(mutedUntil !== undefined && { mutedUntil }) };
  }

  @Operation('setRole')
  async setRole(
    @Asked() { params, body: { role } }: RestAsked<'setRole'>,
    @By() by: Caller,
  ): Promise<RestAnswer<'setRole'>> {
    const request = { ...toMember(params, by), role };
    const { seq } = await writeOnce(this.channels, 'channels.setRole', request, by.requestKey());
    return { ...params, Seq: seq, role };
  }
}

const toMember = (
  { channelUUID, userUUID }: { readonly channelUUID: string; readonly userUUID: string },
  { user }: Caller,
): ToMember => ({ user, channelUUID, userUUID });
