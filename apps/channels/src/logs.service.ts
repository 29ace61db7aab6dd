import { Injectable } from '@nestjs/common';
import type {
  ChannelRef,
  ChannelTarget,
  HistoryReply,
  HistoryRequest,
  Identity,
  LogHeadReply,
  LogId,
  LogPageReply,
} from '@parley/contracts';
import { AppError, type Message } from '@parley/protocol';
import type { Channel } from './channel.js';
import { generalChannel, privateChannelIn } from './channel.js';
import { ChannelsService } from './channels.service.js';
import { InboxRepository } from './inbox.repository.js';
import { LogsRepository } from './logs.repository.js';
import { peopleIn, withPresence } from './message-json.js';
import type { OpenedInbox } from './redis/open-inbox.js';
import type { LogState } from './redis/read-heads.js';
import { UserDirectory } from './user-directory.js';

/** The rules of reading logs: who may read them, and where a reader continues. */
@Injectable()
export class LogsService {
  constructor(
    private readonly channels: ChannelsService,
    private readonly logs: LogsRepository,
    private readonly inboxes: InboxRepository,
    private readonly directory: UserDirectory,
  ) {}

  /**
   * Finds a channel, makes it when it is new, and says where its log stands.
   * @throws AppError as `ChannelsService.find`; STORAGE_FULL surfaces as Redis's error.
   */
  async open(user: Identity, target: ChannelTarget): Promise<ChannelRef & LogHeadReply> {
    return this.openFound(user, await this.channels.find(user, target));
  }

  /** Where the logs of channels stand; `undefined` for each that `user` may not read. */
  heads(
    user: Identity,
    channelUUIDs: readonly string[],
  ): Promise<((ChannelRef & LogHeadReply) | undefined)[]> {
    return Promise.all(channelUUIDs.map((channelUUID) => this.headFor(user, channelUUID)));
  }

  /** Where logs stand; `undefined` for each that does not exist. */
  async check(logs: readonly LogId[]): Promise<(LogHeadReply | undefined)[]> {
    const states = await Promise.all(logs.map((log) => this.logs.head(log)));
    return states.map((state) => state && headOf(state));
  }

  /**
   * A page of a log.
   * @throws AppError CHANNEL_NOT_FOUND when there is no such log.
   */
  async read(log: LogId, after: number, upTo: number | undefined): Promise<LogPageReply> {
    const page = await this.logs.page(log, after, upTo);
    if (!page) throw new AppError('CHANNEL_NOT_FOUND');
    return page;
  }

  /**
   * A page of a channel's messages, with their users' present presence.
   * @throws AppError as `ChannelsService.find`.
   */
  async history({ user, target, ...range }: HistoryRequest): Promise<HistoryReply> {
    const { channelUUID } = await this.channels.find(user, target);
    const { total, hasMore, messages } = await this.logs.history(channelUUID, range);
    const stored = messages.map((json) => JSON.parse(json) as Message);
    const others = peopleIn(stored).filter((UUID) => UUID !== user.UUID);
    const people = await this.directory.find(others);
    people.set(user.UUID, { ...user, OnLine: true });
    return {
      channelUUID,
      messagesTotal: total,
      messages: stored.map((message) => withPresence(message, people)),
      hasMore,
    };
  }

  /** Where a user's inbox stands, and how many messages the user has not seen; STORAGE_FULL surfaces as Redis's error. */
  openInbox(user: Identity): Promise<OpenedInbox> {
    return this.inboxes.open(user.UUID);
  }

  private async openFound(user: Identity, channel: Channel): Promise<ChannelRef & LogHeadReply> {
    let state = await this.logs.head(channel.channelUUID);
    if (!state) {
      await this.logs.make(channel, user.UUID);
      state = await this.logs.head(channel.channelUUID);
    }
    if (!state) throw new Error('A channel is gone that was made a moment ago.');
    const { channelUUID, recipientUUID } = channel;
    return { channelUUID, recipientUUID, ...headOf(state) };
  }

  private async headFor(
    user: Identity,
    channelUUID: string,
  ): Promise<(ChannelRef & LogHeadReply) | undefined> {
    if (channelUUID === generalChannel.channelUUID) return this.openFound(user, generalChannel);
    const state = await this.logs.head(channelUUID);
    if (!state?.pair?.includes(user.UUID)) return undefined;
    const { recipientUUID } = privateChannelIn(channelUUID, state.pair, user.UUID);
    return { channelUUID, recipientUUID, ...headOf(state) };
  }
}

const headOf = ({ epoch, seq, first }: LogState): LogHeadReply => ({ epoch, seq, first });
