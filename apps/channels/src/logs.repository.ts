import { randomUUID } from 'node:crypto';
import type { LogId, LogPage } from '@parley/contracts';
import type { RedisConnection } from '@parley/redis';
import { TurnBatch } from '@parley/service-kit';
import type { Channel } from './channel.js';
import type { ChannelKeys } from './redis/keys.js';
import { makeChannel } from './redis/make-channel.js';
import { type HeadResult, type LogState, readHeads } from './redis/read-heads.js';
import { type HistoryPart, readHistory } from './redis/read-history.js';
import { readLog } from './redis/read-log.js';

/** Entries of one page of a log at most. */
const PAGE_ENTRIES = 100;
/** Bytes of one page at most: what one slow reader costs, and a quarter of what a gateway buffers for it. */
export const PAGE_BYTES = 256 * 1024;
/** Logs that one script call looks at at most: about 1 ms of Redis's time. */
const LOOKED_AT_ONCE = 64;

/** Which messages of a channel; see `HistoryRequest`. */
export interface HistoryRange {
  readonly before?: number | undefined;
  readonly after?: number | undefined;
  readonly offset?: number | undefined;
  readonly limit: number;
}

/** The logs in Redis as they are read. Rejects with Redis's errors. */
export class LogsRepository {
  private readonly looking = new TurnBatch<LogId, HeadResult>(
    (_, logs) =>
      readHeads(
        this.redis,
        logs.map((log) => ({ keys: this.keysOf(log), fresh: randomUUID() })),
      ),
    LOOKED_AT_ONCE,
  );

  constructor(
    private readonly redis: RedisConnection,
    private readonly keys: ChannelKeys,
  ) {}

  /**
   * Where a log stands; begins a new epoch where a tail may be lost. `undefined` when there is no such log. The logs of one
   * turn are looked at in one step, on a Cluster each by itself, for there they lie in slots of their own.
   */
  async head(log: LogId): Promise<LogState | undefined> {
    const result = await this.looking.add(this.redis.isCluster ? log : '', log);
    if (result !== undefined && 'error' in result) throw result.error;
    return result;
  }

  /** The frames of a log with a Seq above `after` and not above `upTo`, as many as one page takes. */
  async page(log: LogId, after: number, upTo: number | undefined): Promise<LogPage | undefined> {
    const page = await readLog(this.redis, {
      keys: this.keysOf(log),
      fresh: randomUUID(),
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
    const keys = { meta: this.keys.meta(channelUUID) };
    await makeChannel(this.redis, { keys, kind, one: user, other: recipientUUID });
  }

  /** A part of a channel's messages, as they are stored. */
  history(channelUUID: string, { before, after, offset = 0, limit }: HistoryRange): Promise<HistoryPart> {
    const keys = { log: this.keys.log(channelUUID) };
    return readHistory(this.redis, { keys, after, before, offset, limit, bytes: PAGE_BYTES });
  }

  private keysOf(log: LogId) {
    return { meta: this.keys.meta(log), log: this.keys.log(log) };
  }
}
