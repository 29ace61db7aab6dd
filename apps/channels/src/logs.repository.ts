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
import { GrowingPage } from './growing-page.js';
import { ShownItems } from './inbox/shown-items.js';
import { LargeReads, SLICE_BYTES } from './large-reads.js';
import { ChannelKeys } from './redis/keys.js';
import { type NotedPair, notePair } from './redis/note-pair.js';
import { type LogState, type ReadHead, readHeads } from './redis/read-heads.js';
import { type HistoryPart, type ReadHistory, readHistory } from './redis/read-history.js';
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
    const owner = inboxOwner(log);
    const { entries, ...head } =
      owner === undefined ? await this.channelPage(log, range) : await this.inboxPage(log, range, owner);
    const type = owner === undefined ? 'channelMessage' : 'inboxItem';
    const frames = entries.map(({ seq, json }) => ({ seq, json: frameOf(type, json) }));
    return { ...head, frames };
  }

  /** Some of a channel's messages, as they are stored; those of a group for `user`, who has to be a member. */
  async history(
    channelUUID: string,
    { before, after, offset = 0, limit, user = '' }: HistoryRange,
  ): Promise<HistoryPart> {
    const range = { channelUUID, user, after, before, offset, limit, bytes: PAGE_BYTES };
    const read = (slice: ReadHistory) => readHistory(this.redis, this.keys, slice);
    const growing = new GrowingPage(range, await read({ ...range, bytes: SLICE_BYTES }));
    if (growing.isCut) await this.large.inSlices(() => growing.grow(read));
    return growing.page;
  }

  /** Grows slice by slice. The slices are parts of one log: what is not ends the page, and the reader asks for the next one. */
  private async channelPage(log: LogId, range: PageRange): Promise<ReadPage> {
    const first = await this.readSlice(log, range, PAGE_ENTRIES, SLICE_BYTES);
    const entries = [...first.entries];
    const upTo = Math.min(range.upTo ?? first.seq, first.seq);
    let size = bytesOf(entries);
    const isCut = () =>
      entries.length > 0 && entries.length < PAGE_ENTRIES && entries.at(-1)!.seq < upTo && size < PAGE_BYTES;
    const grow = async (): Promise<boolean> => {
      const after = entries.at(-1)!.seq;
      const bytes = Math.min(SLICE_BYTES, PAGE_BYTES - size);
      const slice = await this.readSlice(
        log,
        { ...range, after, upTo },
        PAGE_ENTRIES - entries.length,
        bytes,
      );
      const more = bytesOf(slice.entries);
      const continues = slice.epoch === first.epoch && slice.first <= after + 1 && more > 0;
      if (!continues || size + more > PAGE_BYTES) return false;
      entries.push(...slice.entries);
      size += more;
      return isCut();
    };
    if (isCut()) await this.large.inSlices(grow);
    return { ...first, entries };
  }

  private inboxPage(log: LogId, range: PageRange, owner: string): Promise<ReadPage> {
    return this.large.page(
      PAGE_BYTES,
      async (bytes) => {
        const page = await this.readSlice(log, range, PAGE_ENTRIES, bytes);
        return { ...page, entries: await this.items.show(owner, page.entries, bytes) };
      },
      ({ entries, seq }) =>
        entries.length < PAGE_ENTRIES && (entries.at(-1)?.seq ?? seq) < Math.min(range.upTo ?? seq, seq),
    );
  }

  private readSlice(
    log: LogId,
    { after, upTo, epoch }: PageRange,
    most: number,
    bytes: number,
  ): Promise<ReadPage> {
    return readLog(this.redis, this.keys, { log, epoch, after, upTo, most, bytes });
  }
}

const bytesOf = (entries: ReadPage['entries']): number =>
  entries.reduce((sum, { json }) => sum + Buffer.byteLength(json), 0);

/** The frame of an entry of a log: that of a change is stored whole. */
const frameOf = (type: 'inboxItem' | 'channelMessage', json: string): string =>
  json.startsWith('{"type":"') ? json : `{"type":"${type}","${type}":${json}}`;
