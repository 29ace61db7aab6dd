import { Injectable } from '@nestjs/common';
import {
  type ChannelTarget,
  type Identity,
  type JoinReply,
  type JoinRequest,
  type LeaveRequest,
  mayBeGroup,
  mayBePrivate,
  shownUser,
} from '@parley/contracts';
import { AppError, LIMITS, type Message, type User } from '@parley/protocol';
import {
  type Channel,
  generalChannel,
  groupChannel,
  hasPartner,
  privateChannelIn,
  privateChannelOf,
} from './channel.js';
import { ChannelsRepository, type Leaving } from './channels.repository.js';
import { GroupMembers } from './groups/group-members.js';
import { NotAMember } from './groups/redis/group-outcome.js';
import { AsksHook, Hooks } from './hooks/hooks.js';
import { ifWritable } from './if-writable.js';
import { InboxService } from './inbox.service.js';
import { joinFrame, leaveFrame, peopleIn, withPresence } from './message-json.js';
import { type Delivery, NEVER_LATE } from './redis/delivery.js';
import type { JoinSnapshot } from './redis/join-channels.js';
import type { Left } from './redis/leave-channels.js';
import { UserDirectory } from './user-directory.js';

/** The rules of channels: who may find, join and leave them, and who is told. */
@Injectable()
export class ChannelsService {
  constructor(
    private readonly repository: ChannelsRepository,
    private readonly inboxes: InboxService,
    private readonly directory: UserDirectory,
    private readonly groupMembers: GroupMembers,
    private readonly hooks: Hooks,
  ) {}

  /**
   * Finds the channel that `user` means by `target`, without a change. Where both of its fields are given,
   * `channelUUID` decides.
   * @throws AppError USER_NOT_FOUND, CHANNEL_NOT_FOUND, FORBIDDEN.
   */
  async find(user: Identity, target: ChannelTarget): Promise<Channel> {
    const channel = await this.locate(user, target);
    if (channel.kind === 'group') await this.groupMembers.mustBeMember(user.UUID, channel.channelUUID);
    return channel;
  }

  /** As {@link find}, for one who is about to write: in a group, who may not write there is refused. */
  async findToWrite(user: Identity, target: ChannelTarget): Promise<Channel> {
    const channel = await this.locate(user, target);
    if (channel.kind === 'group') await this.groupMembers.mustBeSpeaker(user.UUID, channel.channelUUID);
    return channel;
  }

  /** As {@link find}, for a caller whose next step in Redis refuses who may not: nothing is asked about a group. */
  async locate(user: Identity, target: ChannelTarget): Promise<Channel> {
    const { channelUUID, recipientUUID } = target;
    const meant = recipientUUID ? privateChannelOf(user.UUID, recipientUUID) : generalChannel;
    if (channelUUID && channelUUID !== meant.channelUUID) return this.findById(user, channelUUID);
    if (recipientUUID) await this.mustExist(user, recipientUUID);
    return meant;
  }

  /**
   * Joins a connection to a channel. Only when that has succeeded does the connection leave the other one; a join that
   * fails is undone, unless another delivery of the request, or a later join, has taken its place. The members are told once,
   * even when the request is sent again. Where Redis takes no writes, the user gets the snapshot, and what cannot be noted is
   * not noted. Who joins a public group becomes a member. A hook is asked first: in a group about who is no member yet.
   * @throws AppError as `find`, UNAVAILABLE where it is late, and as `Hooks.mayJoin`; AsksHook for who does not wait for a hook.
   */
  async join(request: JoinRequest, delivery: Delivery = NEVER_LATE, waits = true): Promise<JoinReply> {
    const { user, connection, leave } = request;
    const channel = await this.locate(user, request.target);
    const askHook = async () => {
      if (request.again || !this.hooks.checksJoinsOf(channel)) return;
      if (!waits) throw new AsksHook();
      await this.hooks.mayJoin(user, channel, `${connection.SUUID} ${request.key}`);
    };
    if (channel.kind !== 'group') await askHook();
    const frame = joinFrame(user, connection.SUUID, channel);
    const joining = { channel, user: user.UUID, connection, frame };
    const join = () => this.repository.join(joining, request.key, request.limit, delivery);
    const snapshot = await join().catch(async (error: unknown) => {
      if (!(error instanceof NotAMember)) throw error;
      await askHook();
      await this.groupMembers.enter(user.UUID, channel.channelUUID, delivery);
      // Who is removed meanwhile is no member again.
      return join();
    });
    try {
      const [joined] = await Promise.all([
        this.describe(request, channel, snapshot),
        this.inboxes.markSeen(user.UUID, channel, snapshot),
      ]);
      if (leave && leave.channelUUID !== channel.channelUUID)
        await ifWritable(this.leave({ user, channel: leave, connection }, delivery));
      return joined;
    } catch (error) {
      const { entry: only } = snapshot;
      if (!snapshot.rejoined) await this.remove({ user, channel, connection }, { ...delivery, only });
      throw error;
    }
  }

  /**
   * Leaves a channel, and tells its members if the connection had joined it. What was there then, its user has read. A join
   * that is later than the leave stays.
   * @returns how many connections of the user are still joined; undefined if this one was not.
   */
  async leave(
    leave: LeaveRequest,
    delivery: Pick<Delivery, 'order'> = NEVER_LATE,
  ): Promise<number | undefined> {
    const { user, channel } = leave;
    const { position, ofUser } = await this.remove(leave, delivery);
    // A replica may have died after the leave: what it noted in the channel is noted in the inbox again.
    const isRepeated =
      ofUser === undefined && (hasPartner(channel, user.UUID) || mayBeGroup(channel.channelUUID));
    const read = isRepeated ? await this.repository.readBy(user.UUID, channel.channelUUID) : position;
    if (read !== undefined) await this.inboxes.markSeen(user.UUID, channel, read);
    return ofUser;
  }

  /**
   * Forgets every joined connection of a gateway that has ended, and tells the members. What was there then, their users have
   * read.
   */
  forgetGateway(gatewayId: string): Promise<void> {
    return this.repository.forgetGateway(gatewayId, async ({ channelUUID, users, position }) => {
      const pair = await this.repository.findPair(channelUUID);
      const channelOf = (user: string) =>
        pair === undefined ? groupChannel(channelUUID) : privateChannelIn(channelUUID, pair, user);
      const seen = (user: string) => this.inboxes.markSeen(user, channelOf(user), position);
      await Promise.all(users.map(seen));
    });
  }

  private remove({ user, channel, connection }: LeaveRequest, leaving: Leaving): Promise<Left> {
    const { channelUUID } = channel;
    const frame = leaveFrame(user.UUID, connection.SUUID, channel);
    return this.repository.leave(channelUUID, connection, frame, leaving);
  }

  private async findById(user: Identity, channelUUID: string): Promise<Channel> {
    if (channelUUID === generalChannel.channelUUID) return generalChannel;
    if (mayBeGroup(channelUUID)) return groupChannel(channelUUID);
    const pair = await this.repository.findPair(channelUUID);
    if (!pair) throw new AppError(mayBePrivate(channelUUID) ? 'FORBIDDEN' : 'CHANNEL_NOT_FOUND');
    if (!pair.includes(user.UUID)) throw new AppError('FORBIDDEN');
    return privateChannelIn(channelUUID, pair, user.UUID);
  }

  private async mustExist(user: Identity, UUID: string): Promise<void> {
    if (UUID === user.UUID) return;
    if (!(await this.directory.findNames([UUID])).has(UUID)) throw new AppError('USER_NOT_FOUND');
  }

  private async describe(request: JoinRequest, channel: Channel, snapshot: JoinSnapshot): Promise<JoinReply> {
    const texts = await this.repository.messagesOf(channel, request.user.UUID, request.limit, snapshot);
    const stored = texts.map((json) => JSON.parse(json) as Message);
    const joined = joinedUsers(request.user, snapshot);
    const people = await this.peopleOf(request.user, joined, [channel.recipientUUID, ...peopleIn(stored)]);
    const shown = channel.recipientUUID ? new Set([...joined, channel.recipientUUID]) : joined;
    const users = [...shown].map((UUID) => people.get(UUID)).filter((found) => found !== undefined);
    const messages = stored.map((message) => withPresence(message, people));
    return {
      channelUUID: channel.channelUUID,
      recipientUUID: channel.recipientUUID,
      epoch: snapshot.epoch,
      seq: snapshot.seq,
      messages: request.order === 'asc' ? messages.reverse() : messages,
      users,
      usersTotal: channel.kind === 'private' ? users.length : snapshot.usersTotal,
      ...(!snapshot.isNoted && { isNoted: false }),
    };
  }

  /** Joined users are online, so only the presence of the others is asked for. */
  private async peopleOf(
    user: Identity,
    joined: ReadonlySet<string>,
    others: readonly string[],
  ): Promise<Map<string, User>> {
    const absent = others.filter((UUID) => UUID !== '' && !joined.has(UUID));
    const found = await Promise.all([this.directory.findNames(joined), this.directory.find(absent)]);
    return new Map([...found[0], ...found[1], [user.UUID, shownUser(user, true)]]);
  }
}

/** The users that are shown as joined: the one who joins, and as many others as there is room for. */
function joinedUsers(user: Identity, snapshot: JoinSnapshot): Set<string> {
  const others = snapshot.users.filter((UUID) => UUID !== user.UUID);
  return new Set([user.UUID, ...others.slice(0, LIMITS.joinedUsersShown - 1)]);
}
