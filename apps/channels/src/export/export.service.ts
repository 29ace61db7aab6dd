import { Inject, Injectable } from '@nestjs/common';
import type { Message } from '@parley/protocol';
import type { RedisConnection } from '@parley/redis';
import { REDIS } from '@parley/service-kit';
import { ChannelKeys } from '../redis/keys.js';
import { readHistory } from '../redis/read-history.js';
import { type PrivateChannelOf, privateChannelsOf } from './private-channels.js';

/** Messages of a page that is searched for those of a user, at most: a short step of Redis. */
const PAGE_MESSAGES = 500;
const PAGE_BYTES = 256 * 1024;

/** The messages of a user among those of one page. */
export interface ExportedPage {
  readonly messages: readonly Message[];
  /** Where the next page begins; undefined at the end of the log. */
  readonly after?: number | undefined;
}

/** Reads what is stored of a user, for that user's export. It changes nothing and asks nobody's leave: operators ask. */
@Injectable()
export class ExportService {
  constructor(
    @Inject(REDIS) private readonly redis: RedisConnection,
    private readonly keys: ChannelKeys,
  ) {}

  /** The private channels of a user. */
  privateChannelsOf(userUUID: string): Promise<PrivateChannelOf[]> {
    return privateChannelsOf(this.redis, this.keys, userUUID);
  }

  /** The messages of a user in the next page of a channel's log. */
  async messagesOf(userUUID: string, channelUUID: string, after: number): Promise<ExportedPage> {
    const limits = { before: undefined, offset: 0, limit: PAGE_MESSAGES, bytes: PAGE_BYTES };
    const page = await readHistory(this.redis, this.keys, {
      ...{ channelUUID, user: userUUID, after, ...limits },
    });
    const all = page.messages.map((json) => JSON.parse(json) as Message);
    const messages = all.filter(({ SenderUUID }) => SenderUUID === userUUID);
    return page.hasMore ? { messages, after: all.at(-1)!.Seq } : { messages };
  }
}
