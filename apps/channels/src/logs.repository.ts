import { randomUUID } from 'node:crypto';
import type { LogHead, LogId, LogPage } from '@parley/contracts';
import type { RedisConnection } from '@parley/redis';
import type { Channel } from './channel.js';
import type { ChannelKeys } from './keys.js';
import { makeChannel } from './make-channel.js';
import { type HistoryPart, readHistory } from './read-history.js';
import { type ReadPage, readLog } from './read-log.js';

/** Entries of one page of a log at most. */
const PAGE_ENTRIES = 100;
/** Bytes of one page at most: what one slow reader costs, and a quarter of what a gateway buffers for it. */
const PAGE_BYTES = 256 * 1024;

/** Where a log stands, and whose it is. */
export type LogState = LogHead & Pick<ReadPage, 'kind' | 'pair'>;

/** Which messages of a channel; see `HistoryRequest`. */
export interface HistoryRange {
  readonly before?: number | undefined;
  readonly after?: number | undefined;
  readonly offset?: number | undefined;
  readonly limit: number;
}

/** The logs in Redis as they are read. Rejects with Redis's errors. */
export class LogsRepository {
  constructor(
    private readonly redis: RedisConnection,
    private readonly keys: ChannelKeys,
  ) {}

  /** Where a log stands; begins a new epoch where a tail may be lost. `undefined` when there is no such log. */
  head(log: LogId): Promise<LogState | undefined> {
    return this.read(log, { after: 0, upTo: undefined, most: 0 });
  }

  /** The frames of a log with a Seq above `after` and not above `upTo`, as many as one page takes. */
  async page(log: LogId, after: number, upTo: number | undefined): Promise<LogPage | undefined> {
    const page = await this.read(log, { after, upTo, most: PAGE_ENTRIES });
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

  private read(log: LogId, range: Pick<Parameters<typeof readLog>[1], 'after' | 'upTo' | 'most'>) {
    const keys = { meta: this.keys.meta(log), log: this.keys.log(log) };
    return readLog(this.redis, { keys, fresh: randomUUID(), bytes: PAGE_BYTES, ...range });
  }
}
