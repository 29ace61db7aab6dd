import type { Message } from '@parley/protocol';
import { SLICE_BYTES } from './large-reads.js';
import type { HistoryPart, ReadHistory } from './redis/read-history.js';

/**
 * A page of a history that is read slice by slice, each where the one before it ended: no step of Redis reads all of it. What changes
 * meanwhile is in it or not, as between two pages.
 */
export class GrowingPage {
  private size: number;
  private isFull = false;

  /**
   * @param range what the whole page may have.
   * @param part its first slice, with at least one message if there is any.
   */
  constructor(
    private readonly range: ReadHistory,
    private part: HistoryPart,
  ) {
    this.size = bytesOf(part.messages);
  }

  /** The page so far. */
  get page(): HistoryPart {
    return this.part;
  }

  /** Whether more may fit. */
  get isCut(): boolean {
    const { hasMore, messages } = this.part;
    return !this.isFull && hasMore && messages.length < this.range.limit && this.size < this.range.bytes;
  }

  /** Reads the next slice. @returns whether another one follows. */
  async grow(read: (range: ReadHistory) => Promise<HistoryPart>): Promise<boolean> {
    const { after, limit, bytes } = this.range;
    const { messages } = this.part;
    const next = await read({
      ...this.range,
      ...(after === undefined ? { before: seqOf(messages[0]!) } : { after: seqOf(messages.at(-1)!) }),
      offset: 0,
      limit: limit - messages.length,
      bytes: Math.min(SLICE_BYTES, bytes - this.size),
    });
    const size = bytesOf(next.messages);
    // A slice has one message in any case.
    this.isFull = this.size + size > bytes;
    if (this.isFull) return false;
    this.size += size;
    const all = after === undefined ? [...next.messages, ...messages] : [...messages, ...next.messages];
    this.part = { ...next, messages: all };
    return this.isCut;
  }
}

const bytesOf = (messages: readonly string[]): number =>
  messages.reduce((sum, json) => sum + Buffer.byteLength(json), 0);

const seqOf = (json: string): number => (JSON.parse(json) as Message).Seq;
