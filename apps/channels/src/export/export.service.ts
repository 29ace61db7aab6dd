import { Inject, Injectable } from '@nestjs/common';
import { type ExportedMessage, GENERAL_CHANNEL } from '@parley/contracts';
import { AppError, type Message, type User } from '@parley/protocol';
import type { RedisConnection } from '@parley/redis';
import { REDIS } from '@parley/service-kit';
import { LargeReads } from '../large-reads.js';
import { ChannelKeys } from '../redis/keys.js';
import { readHeads } from '../redis/read-heads.js';
import { type HistoryPart, readHistory } from '../redis/read-history.js';
import { type PrivateChannelOf, privateChannelsOf } from './private-channels.js';

/** Messages of a page at most: a short step of Redis. */
const PAGE_MESSAGES = 500;
const PAGE_BYTES = 256 * 1024;

/** The messages of a user among those of one page. */
export interface ExportedPage {
  readonly messages: readonly Message[];
  /** Where the next page begins; undefined at the end of the log. */
  readonly after?: number | undefined;
}

/** The messages of one page of a channel's export. */
export interface ExportedChannelPage {
  readonly messages: readonly ExportedMessage[];
  /** The newest Seq when the export began. */
  readonly upTo: number;
  /** Where the next page begins; undefined at the end of the export. */
  readonly after?: number | undefined;
}

/** Reads what is stored of a user or a channel, for an export. It changes nothing and asks nobody's leave: operators ask. */
@Injectable()
export class ExportService {
  constructor(
    @Inject(REDIS) private readonly redis: RedisConnection,
    private readonly keys: ChannelKeys,
    private readonly large: LargeReads,
  ) {}

  /** The private channels of a user. */
  privateChannelsOf(userUUID: string): Promise<PrivateChannelOf[]> {
    return privateChannelsOf(this.redis, this.keys, userUUID);
  }

  /** The groups that a user is in or has left. */
  async groupsOf(userUUID: string): Promise<string[]> {
    const lists = [this.keys.groupsOf(userUUID), this.keys.groupsLeft(userUUID)];
    const groups = await Promise.all(lists.map((list) => this.redis.zrange(list, '0', '-1')));
    return [...new Set(groups.flat())];
  }

  /** The messages of a user in the next page of a channel's log. */
  async messagesOf(userUUID: string, channelUUID: string, after: number): Promise<ExportedPage> {
    const page = await this.read(channelUUID, { user: userUUID, after, before: undefined });
    const all = page.messages.map((json) => JSON.parse(json) as Message);
    const messages = all.filter(({ SenderUUID }) => SenderUUID === userUUID);
    return page.hasMore ? { messages, after: all.at(-1)!.Seq } : { messages };
  }

  /**
   * The next page of a channel, up to where it was when the export began.
   * @throws AppError CHANNEL_NOT_FOUND for a channel of which nothing is stored.
   */
  async page(
    channelUUID: string,
    { after, upTo: known }: { readonly after: number; readonly upTo?: number | undefined },
  ): Promise<ExportedChannelPage> {
    const upTo = known ?? (await this.newestSeq(channelUUID));
    const page = await this.read(channelUUID, { user: '', after, before: upTo + 1 });
    const messages = page.messages.map((json) => exported(JSON.parse(json) as Message));
    return page.hasMore ? { messages, upTo, after: messages.at(-1)!.Seq } : { messages, upTo };
  }

  private async newestSeq(channelUUID: string): Promise<number> {
    const { redis, keys } = this;
    const isStored = await redis.exists(keys.meta(channelUUID), keys.log(channelUUID));
    if (isStored === 0 && channelUUID !== GENERAL_CHANNEL) throw new AppError('CHANNEL_NOT_FOUND');
    const [state] = await readHeads(redis, keys, [{ log: channelUUID, epoch: undefined }]);
    if (state instanceof Error) throw state;
    return state!.head.seq;
  }

  /** Pages are large reads: people's posts and reads pass between them. */
  private read(
    channelUUID: string,
    range: { readonly user: string; readonly after: number; readonly before: number | undefined },
  ): Promise<HistoryPart> {
    const limits = { offset: 0, limit: PAGE_MESSAGES, bytes: PAGE_BYTES, isOperator: true };
    return this.large.next(() => readHistory(this.redis, this.keys, { channelUUID, ...range, ...limits }));
  }
}

const named = ({ UUID, Username }: User): Omit<User, 'OnLine'> => ({ UUID, Username });

/** Who is online, and which reactions are the reader's own, says nothing in an export. */
function exported({ Sender, Recipient, reactions, ...message }: Message): ExportedMessage {
  return {
    ...message,
    Sender: named(Sender),
    ...(Recipient !== undefined && { Recipient: named(Recipient) }),
    ...(reactions !== undefined && {
      reactions: reactions.map(({ reaction, count }) => ({ reaction, count })),
    }),
  };
}
