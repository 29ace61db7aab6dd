import { Inject, Injectable } from '@nestjs/common';
import type { LogId, LogPageReply } from '@parley/contracts';
import type { RedisConnection } from '@parley/redis';
import { REDIS, TurnBatch } from '@parley/service-kit';
import type { Channel } from './channel.js';
import { ChannelKeys } from './redis/keys.js';
import { makeChannel } from './redis/make-channel.js';
import { type LogState, readHeads } from './redis/read-heads.js';
import { type HistoryPart, readHistory } from './redis/read-history.js';
import { readLog } from './redis/read-log.js';

/** Entries of one page of a log at most. */
const PAGE_ENTRIES = 100;
/** Bytes of one page at most: what one slow reader costs, and a quarter of what a gateway buffers for it. */
export const PAGE_BYTES = 256 * 1024;
/** Heads that one script call reads at most: about 1 ms of Redis's time. */
export const HEADS_AT_ONCE = 64;

/** Which messages of a channel; see `HistoryRequest`. */
export interface HistoryRange {
  readonly before?: number | undefined;
  readonly after?: number | undefined;
  readonly offset?: number | undefined;
  readonly limit: number;
}

/** Reads the logs in Redis. Rejects with Redis's errors. */
@Injectable()
export class LogsRepository {
  private readonly headReading = new TurnBatch<LogId, LogState | undefined | Error>(
    (_, logs) => readHeads(this.redis, this.keys, logs),
    HEADS_AT_ONCE,
  );

  constructor(
    @Inject(REDIS) private readonly redis: RedisConnection,
    private readonly keys: ChannelKeys,
  ) {}

  /**
   * Where a log stands; `undefined` when there is no such log. Begins a new epoch where Redis may have lost a tail. The logs
   * of one turn are one step. On a Cluster, where each log lies in its own slot, each is a step.
   */
  async head(log: LogId): Promise<LogState | undefined> {
    const state = await this.headReading.add(this.redis.isCluster ? log : '', log);
    if (state instanceof Error) throw state;
    return state;
  }

  /** The frames of a log with a Seq above `after` and not above `upTo`, as many as fit in one page. */
  async page(log: LogId, after: number, upTo: number | undefined): Promise<LogPageReply | undefined> {
    const page = await readLog(this.redis, this.keys, {
      log,
      after,
      upTo,
      most: PAGE_ENTRIES,
      bytes: PAGE_BYTES,
    });
    if (!page) return undefined;
    const { epoch, seq, first, kind, entries } = page;
    const type = kind === 'inbox' ? 'inboxItem' : 'channelMessage';
    const frames = entries.map((entry) => ({
      seq: entry.seq,
      json: `{"type":"${type}","${type}":${entry.json}}`,
    }));
    return { epoch, seq, first, frames };
  }

  /** Makes a channel that is new, as `user` sees it. */
  async make({ channelUUID, kind, recipientUUID }: Channel, user: string): Promise<void> {
    await makeChannel(this.redis, this.keys, { channelUUID, kind, one: user, other: recipientUUID });
  }

  /** Some of a channel's messages, as they are stored. */
  history(channelUUID: string, { before, after, offset = 0, limit }: HistoryRange): Promise<HistoryPart> {
    return readHistory(this.redis, this.keys, {
      channelUUID,
      after,
      before,
      offset,
      limit,
      bytes: PAGE_BYTES,
    });
  }
}
