import type {
  ChannelJoin,
  ChannelJoined,
  ChannelLeave,
  ChannelTarget,
  Identity,
  MessagePost,
  MessageStored,
} from '@parley/contracts';
import { AppError, LIMITS, type Message, type User } from '@parley/protocol';
import type { AppendedMessage } from './append-message.js';
import { type Channel, generalChannel, privateChannelOf } from './channel.js';
import { mayBePrivate } from './channel-ids.js';
import type { ChannelsRepository, NewMessage } from './channels.repository.js';
import type { InboxRepository } from './inbox.repository.js';
import type { JoinSnapshot } from './join-channel.js';
import { joinFrame, leaveFrame, messageBody, messageJson, peopleIn, withPresence } from './message-json.js';
import type { UserDirectory } from './user-directory.js';

/** The rules of channels: who may find, join, leave and write, and what they are told. */
export class ChannelsService {
  constructor(
    private readonly repository: ChannelsRepository,
    private readonly inboxes: InboxRepository,
    private readonly directory: UserDirectory,
  ) {}

  /**
   * Finds the channel that `user` means by `target`, without a change. Where both of its fields are given,
   * `channelUUID` decides.
   * @throws AppError USER_NOT_FOUND, CHANNEL_NOT_FOUND, FORBIDDEN.
   */
  async find(user: Identity, target: ChannelTarget): Promise<Channel> {
    const { channelUUID, recipientUUID } = target;
    const meant = recipientUUID ? privateChannelOf(user.UUID, recipientUUID) : generalChannel;
    if (channelUUID && channelUUID !== meant.channelUUID) return this.findById(user, channelUUID);
    if (recipientUUID) await this.mustExist(user, recipientUUID);
    return meant;
  }

  /**
   * Joins a connection to a channel; then, and only then, it leaves the other one. A join that fails is undone.
   * @param requestId the same when this request is delivered again: the members are told once.
   * @throws AppError as `find`.
   */
  async join(request: ChannelJoin, requestId: string): Promise<ChannelJoined> {
    const { user, connection, leave } = request;
    const channel = await this.find(user, request.target);
    const frame = joinFrame(user, connection.SUUID, channel.recipientUUID);
    const joining = { channel, user: user.UUID, connection, frame };
    const snapshot = await this.repository.join(joining, requestId, request.limit);
    try {
      const [joined] = await Promise.all([
        this.describe(request, channel, snapshot),
        hasPartner(channel, user) && this.inboxes.markSeen(user.UUID, channel.channelUUID),
      ]);
      if (leave && leave.channelUUID !== channel.channelUUID)
        await this.leave({ user, channel: leave, connection });
      return joined;
    } catch (error) {
      if (!snapshot.rejoined) await this.leave({ user, channel, connection });
      throw error;
    }
  }

  /** Leaves a channel, and tells its members if the connection was joined to it. */
  async leave({ user, channel, connection }: ChannelLeave): Promise<void> {
    const { channelUUID, recipientUUID } = channel;
    const frame = leaveFrame(user.UUID, connection.SUUID, recipientUUID);
    await this.repository.leave(channelUUID, connection, frame);
  }

  /**
   * Stores a message, publishes it and puts it into the inbox of the other user of a private channel, once per sender
   * and `clientUUID`, or without one, once per request. Where only the inbox fails the message is stored, and sending it
   * again makes up for the rest.
   * @throws AppError as `find`; STORAGE_FULL surfaces as Redis's error.
   */
  async post(post: MessagePost, requestId: string): Promise<MessageStored> {
    const { sender, clientUUID } = post;
    const channel = await this.find(sender, post.target);
    const recipient = channel.recipientUUID ? await this.partner(sender, channel.recipientUUID) : undefined;
    const message: NewMessage = {
      channel,
      sender: sender.UUID,
      mark: clientUUID === undefined ? { requestId } : { clientUUID },
      body: messageBody({ channel, sender, recipient, text: post.message }),
    };
    const stored = await this.repository.append(message);
    if (hasPartner(channel, sender)) await this.tellPartner(message, stored);
    const { UUID, Seq, CreatedAt } = stored;
    return { UUID, Seq, ChannelUUID: channel.channelUUID, clientUUID, CreatedAt };
  }

  /** Forgets every joined connection of a gateway that has ended, and tells the members. */
  forgetGateway(gatewayId: string): Promise<void> {
    return this.repository.forgetGateway(gatewayId);
  }

  /** Whoever writes has seen the channel. Of a message stored before, what is stored counts, not what came again. */
  private async tellPartner(
    { channel, sender, mark, body }: NewMessage,
    stored: AppendedMessage,
  ): Promise<void> {
    const { channelUUID, recipientUUID: recipient } = channel;
    const json = stored.duplicate
      ? await this.repository.findMessage(channelUUID, stored)
      : messageJson(body, stored);
    await Promise.all([
      json !== undefined && this.inboxes.put({ recipient, channelUUID, mark, stored, json }),
      this.inboxes.markSeen(sender, channelUUID),
    ]);
  }

  private async findById(user: Identity, channelUUID: string): Promise<Channel> {
    if (channelUUID === generalChannel.channelUUID) return generalChannel;
    const pair = await this.repository.findPair(channelUUID);
    if (!pair) throw new AppError(mayBePrivate(channelUUID) ? 'FORBIDDEN' : 'CHANNEL_NOT_FOUND');
    if (!pair.includes(user.UUID)) throw new AppError('FORBIDDEN');
    return privateChannelOf(user.UUID, pair[0] === user.UUID ? pair[1] : pair[0]);
  }

  private async mustExist(user: Identity, UUID: string): Promise<void> {
    if (UUID === user.UUID) return;
    if (!(await this.directory.findNames([UUID])).has(UUID)) throw new AppError('USER_NOT_FOUND');
  }

  /** The other user of a private channel; whoever asks is online. */
  private async partner(user: Identity, UUID: string): Promise<User> {
    if (UUID === user.UUID) return { ...user, OnLine: true };
    const partner = (await this.directory.find([UUID])).get(UUID);
    if (!partner) throw new AppError('USER_NOT_FOUND');
    return partner;
  }

  private async describe(
    request: ChannelJoin,
    channel: Channel,
    snapshot: JoinSnapshot,
  ): Promise<ChannelJoined> {
    const stored = snapshot.messages.map((json) => JSON.parse(json) as Message);
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
    };
  }

  /** Whoever is joined is online: only the presence of the others is asked for. */
  private async peopleOf(
    user: Identity,
    joined: ReadonlySet<string>,
    others: readonly string[],
  ): Promise<Map<string, User>> {
    const absent = others.filter((UUID) => UUID !== '' && !joined.has(UUID));
    const found = await Promise.all([this.directory.findNames(joined), this.directory.find(absent)]);
    return new Map([...found[0], ...found[1], [user.UUID, { ...user, OnLine: true }]]);
  }
}

/** Whether somebody else is concerned by what happens in a channel: not so in the general one and in notes to oneself. */
function hasPartner({ recipientUUID }: Channel, { UUID }: Identity): boolean {
  return recipientUUID !== '' && recipientUUID !== UUID;
}

/** The users to show as joined: the one who joins, and as many others as there is room for. */
function joinedUsers(user: Identity, snapshot: JoinSnapshot): Set<string> {
  const others = snapshot.users.filter((UUID) => UUID !== user.UUID);
  return new Set([user.UUID, ...others.slice(0, LIMITS.joinedUsersShown - 1)]);
}
