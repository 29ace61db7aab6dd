import { Injectable } from '@nestjs/common';
import {
  type ChannelRef,
  type ChannelsContract,
  type HeadsRequest,
  type HistoryReply,
  type HistoryRequest,
  type Identity,
  type LogHead,
  type LogId,
  type LogPage,
  mayBeGroup,
  type ReaderEpoch,
  type RequestTo,
  shownUser,
} from '@parley/contracts';
import type { Message } from '@parley/protocol';
import { type Channel, generalChannel, privateChannelIn, privateChannelOf } from './channel.js';
import { ChannelsService } from './channels.service.js';
import { GroupMembers } from './groups/group-members.js';
import { throwRefusal } from './groups/redis/group-outcome.js';
import { Hooks } from './hooks/hooks.js';
import { ifWritable } from './if-writable.js';
import { InboxService } from './inbox.service.js';
import { LogsRepository, type PageRange } from './logs.repository.js';
import { peopleIn, withPresence } from './message-json.js';
import { type NamedDelivery, NEVER_LATE } from './redis/delivery.js';
import type { OpenedInbox } from './redis/open-inbox.js';
import type { LogState } from './redis/read-heads.js';
import { UserDirectory } from './user-directory.js';

/** The rules of reading logs: who may read them, and where a reader continues. */
@Injectable()
export class LogsService {
  constructor(
    private readonly channels: ChannelsService,
    private readonly logs: LogsRepository,
    private readonly inboxes: InboxService,
    private readonly directory: UserDirectory,
    private readonly groupMembers: GroupMembers,
    private readonly hooks: Hooks,
  ) {}

  /**
   * Finds a channel and says where its log stands. A channel that nobody has written to is empty.
   * A hook is asked first: in a group about who is no member yet.
   * @throws AppError as `ChannelsService.find`, and as `Hooks.mayJoin`.
   */
  async open(
    { user, target, namesPartner }: RequestTo<ChannelsContract, 'channels.open'>,
    { id }: Pick<NamedDelivery, 'id'> = NEVER_LATE,
  ): Promise<ChannelRef & LogHead> {
    const channel = await this.channels.locate(user, target);
    const { channelUUID, recipientUUID } = channel;
    const askHook = async () => {
      if (this.hooks.checksJoinsOf(channel)) await this.hooks.mayJoin(user, channel, id);
    };
    if (channel.kind === 'group')
      return { channelUUID, recipientUUID, ...(await this.openGroup(user, channelUUID, askHook)) };
    await askHook();
    const { head, pair } = await this.logs.head(channelUUID);
    if (channel.kind === 'private' && pair === undefined && !namesPartner)
      await this.notePairOf(user, channel);
    return { channelUUID, recipientUUID, ...head };
  }

  /** Who subscribes to a public group becomes a member. One who is removed meanwhile is none again. */
  private async openGroup(
    { UUID }: Identity,
    channelUUID: string,
    askHook: () => Promise<void>,
  ): Promise<LogHead> {
    const look = () => this.logs.head(channelUUID, undefined, UUID);
    const { head, refusal } = await look();
    if (refusal === undefined) return head;
    // Of a group that one cannot enter, the step that lets a user enter says why not.
    if (refusal === 'OUTSIDER') await askHook();
    await this.groupMembers.enter(UUID, channelUUID);
    const again = await look();
    throwRefusal(again.refusal);
    return again.head;
  }

  /** Where the logs of channels stand; `undefined` for each that `user` may not read. */
  heads({
    user,
    channelUUIDs,
    epochs,
    recipients,
  }: HeadsRequest): Promise<((ChannelRef & LogHead) | undefined)[]> {
    return Promise.all(
      channelUUIDs.map((channelUUID, n) =>
        this.headFor(user, { channelUUID, epoch: epochs?.[n], recipientUUID: recipients?.[n] }),
      ),
    );
  }

  /** Where a log stands, for a reader of the epoch. The checks of one turn are one step in Redis. */
  async check(log: LogId, epoch?: ReaderEpoch): Promise<LogHead> {
    return (await this.logs.head(log, epoch)).head;
  }

  /** A page of a log; that of a log that does not exist is empty. */
  read(log: LogId, range: PageRange): Promise<LogPage> {
    return this.logs.page(log, range);
  }

  /**
   * A page of a channel's messages, with their users' present presence.
   * @throws AppError as `ChannelsService.find`.
   */
  async history({ user, target, ...range }: HistoryRequest): Promise<HistoryReply> {
    const { channelUUID } = await this.channels.locate(user, target);
    const { total, hasMore, messages } = await this.logs.history(channelUUID, { ...range, user: user.UUID });
    const stored = messages.map((json) => JSON.parse(json) as Message);
    const others = peopleIn(stored).filter((UUID) => UUID !== user.UUID);
    const people = await this.directory.find(others);
    people.set(user.UUID, shownUser(user, true));
    return {
      channelUUID,
      messagesTotal: total,
      messages: stored.map((message) => withPresence(message, people)),
      hasMore,
    };
  }

  /** Where a user's inbox stands for a reader of `epoch`, and how many messages the user has not read. */
  openInbox(user: Identity, epoch?: ReaderEpoch): Promise<Omit<OpenedInbox, 'unreadIn'>> {
    return this.inboxes.open(user.UUID, epoch);
  }

  /**
   * Written for one release longer: a gateway of the version before resumes a private channel by its id alone, and so its pair
   * has to be known before anybody has joined or written to it. Where Redis takes no writes, the channel is open without it.
   */
  private notePairOf(user: Identity, { channelUUID, recipientUUID: partner }: Channel): Promise<void> {
    return ifWritable(this.logs.notePair({ channelUUID, user: user.UUID, partner }));
  }

  private async headFor(
    user: Identity,
    { channelUUID, epoch, recipientUUID }: AskedHead,
  ): Promise<(ChannelRef & LogHead) | undefined> {
    const isGroup = mayBeGroup(channelUUID);
    const { head, pair, refusal } = await this.logs.head(channelUUID, epoch, isGroup ? user.UUID : undefined);
    if (isGroup) return refusal === undefined ? { channelUUID, recipientUUID: '', ...head } : undefined;
    const channel = channelFor(user.UUID, channelUUID, { pair, recipientUUID });
    return channel && { channelUUID, recipientUUID: channel.recipientUUID, ...head };
  }
}

/** A channel whose head is asked for, as `HeadsRequest` has it. */
interface AskedHead {
  readonly channelUUID: string;
  readonly epoch: ReaderEpoch;
  readonly recipientUUID: string | null | undefined;
}

/**
 * The channel as a user sees it who may read it. A private one that nobody has joined or written to has no pair: its id shows
 * whether it is that of the user and the partner whom the user names.
 */
function channelFor(
  user: string,
  channelUUID: string,
  { pair, recipientUUID }: Pick<LogState, 'pair'> & Pick<AskedHead, 'recipientUUID'>,
): Channel | undefined {
  if (channelUUID === generalChannel.channelUUID) return generalChannel;
  if (pair !== undefined) return pair.includes(user) ? privateChannelIn(channelUUID, pair, user) : undefined;
  if (!recipientUUID) return undefined;
  const meant = privateChannelOf(user, recipientUUID);
  return meant.channelUUID === channelUUID ? meant : undefined;
}
