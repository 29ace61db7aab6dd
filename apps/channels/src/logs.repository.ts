import { Inject, Injectable } from '@nestjs/common';
import {
  type ChannelsContract,
  inboxOwner,
  type LogId,
  type LogPage,
  type ReaderEpoch,
  type RequestTo,
} from '@parley/contracts';
import type { RedisConnection } from '@parley/redis';
import { REDIS, TurnBatch } from '@parley/service-kit';
import { ShownItems } from './inbox/shown-items.js';
import { LargeReads } from './large-reads.js';
import { ChannelKeys } from './redis/keys.js';
import { type NotedPair, notePair } from './redis/note-pair.js';
import { type LogState, type ReadHead, readHeads } from './redis/read-heads.js';
import { type HistoryPart, readHistory } from './redis/read-history.js';
import { type ReadPage, readLog } from './redis/read-log.js';

/** Entries of one page of a log at most. */
const PAGE_ENTRIES = 100;
/** Bytes of one page at most: what one slow reader costs, and a quarter of what a gateway buffers for it. */
export const PAGE_BYTES = 256 * 1024;
/** Heads that one script call reads at most: about 1 ms of Redis's time. */
export const HEADS_AT_ONCE = 64;

/** Which entries of a log, and the epoch that their reader counts in; see `channels.readLog`. */
export type PageRange = Omit<RequestTo<ChannelsContract, 'channels.readLog'>, 'log'>;

/** Which messages of a channel; see `HistoryRequest`. */
export interface HistoryRange {
  readonly before?: number | undefined;
  readonly after?: number | undefined;
  readonly offset?: number | undefined;
  readonly limit: number;
  /** UUID of the reader, whose own reactions are marked; without one, nobody's are. */
  readonly user?: string;
}

/** Reads the logs in Redis. Rejects with Redis's errors. */
@Injectable()
export class LogsRepository {
  private readonly headReading = new TurnBatch<ReadHead, LogState | Error>(
    (_, asked) => readHeads(this.redis, this.keys, asked),
    HEADS_AT_ONCE,
  );
  private readonly items: ShownItems;

  constructor(
    @Inject(REDIS) private readonly redis: RedisConnection,
    private readonly keys: ChannelKeys,
    private readonly large: LargeReads,
  ) {
    this.items = new ShownItems(redis, keys);
  }

  /**
   * Where a log stands for a reader of `epoch`, and whether `user` may read it if it is a group; one that does not exist is empty. The logs of one turn are one step. On a
   * Cluster, where each log lies in its own slot, each is a step.
   */
  async head(log: LogId, epoch?: ReaderEpoch, user?: string): Promise<LogState> {
    const state = await this.headReading.add(this.redis.isCluster ? log : '', { log, epoch, user });
    if (state instanceof Error) throw state;
    return state;
  }

  /** Notes whose a private channel is. Where it is known, nothing changes. */
  async notePair(noted: NotedPair): Promise<void> {
    await notePair(this.redis, this.keys, noted);
  }

  /**
   * The frames of a log with a Seq above `after` and not above `upTo`, as many as fit in one page. Items of an inbox have the
   * messages that they refer to.
   */
  async page(log: LogId, range: PageRange): Promise<LogPage> {
    const { upTo } = range;
    const owner = inboxOwner(log);
    const { entries, ...head } = await this.large.page(
      PAGE_BYTES,
      (bytes) => this.readPage(log, range, bytes, owner),
      ({ entries: read, seq }) =>
        read.length < PAGE_ENTRIES && (read.at(-1)?.seq ?? seq) < Math.min(upTo ?? seq, seq),
    );
    const type = owner === undefined ? 'channelMessage' : 'inboxItem';
    const frames = entries.map(({ seq, json }) => ({ seq, json: frameOf(type, json) }));
    return { ...head, frames };
  }

  private async readPage(
    log: LogId,
    { after, upTo, epoch }: PageRange,
    bytes: number,
    owner: string | undefined,
  ): Promise<ReadPage> {
    const range = { log, epoch, after, upTo, most: PAGE_ENTRIES, bytes };
    const page = await readLog(this.redis, this.keys, range);
    if (owner === undefined) return page;
    return { ...page, entries: await this.items.show(owner, page.entries, bytes) };
  }

  /** Some of a channel's messages, as they are stored; those of a group for `user`, who has to be a member. */
  history(
    channelUUID: string,
    { before, after, offset = 0, limit, user = '' }: HistoryRange,
  ): Promise<HistoryPart> {
    const range = { channelUUID, user, after, before, offset, limit };
    return this.large.page(
      PAGE_BYTES,
      (bytes) => readHistory(this.redis, this.keys, { ...range, bytes }),
      ({ messages, hasMore }) => hasMore && messages.length < limit,
    );
  }
}

/** The frame of an entry of a log: that of a change is stored whole. */
const frameOf = (type: 'inboxItem' | 'channelMessage', json: string): string =>
  json.startsWith('{"type":"') ? json : `{"type":"${type}","${type}":${json}}`;
