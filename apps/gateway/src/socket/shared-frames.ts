import { deflated } from './deflate.js';
import { frameBytes, putFrame } from './text-frame.js';

const NOTHING = Buffer.alloc(0);

/**
 * Frames that are due to many sockets, put together once: each socket gets the same bytes, or the end of them. Nothing is
 * parsed. Bytes may wait at slow sockets for long, so a small piece is copied rather than keep a large buffer in memory.
 */
export class SharedFrames {
  private readonly payloads: Buffer[] = [];
  /** Whether each payload is compressed. */
  private readonly areDeflated: boolean[] = [];
  private compressed: SharedFrames | undefined;
  /** Which frames are only for members who count Seqs, in order. Most turns have none. */
  private forCounters: number[] | undefined;
  /** The other frames, for those who do not count, and for each frame how many of them are before it. */
  private others: { readonly frames: SharedFrames; readonly before: number[] } | undefined;
  /** Where each frame begins. */
  private readonly starts: number[] = [];
  private length = 0;
  private joined: Buffer | undefined;
  private joinedFrom = 0;

  get count(): number {
    return this.payloads.length;
  }

  /** Bytes of all frames. */
  get bytes(): number {
    return this.length;
  }

  /** Whether some of the frames are only for members who count Seqs. */
  get areMixed(): boolean {
    return this.forCounters !== undefined;
  }

  /** How many of the frames are only for members who count Seqs. */
  get countForCounters(): number {
    return this.forCounters?.length ?? 0;
  }

  /** Adds the frame of a JSON text, whose memory must not change. */
  add(json: Buffer, isForCounters = false): void {
    this.put(json, false, isForCounters);
  }

  /** The same frames for clients that accept compression: each is compressed once, however many ask. */
  deflated(): SharedFrames {
    this.compressed ??= new SharedFrames();
    for (let n = this.compressed.count; n < this.count; n += 1) {
      const json = this.payloads[n]!;
      const bytes = deflated(json);
      this.compressed.put(
        bytes ?? json,
        bytes !== undefined,
        this.forCounters?.[this.compressed.countForCounters] === n,
      );
    }
    return this.compressed;
  }

  /**
   * The frames from the one with that index on, as one buffer.
   * @param counts whether they are for members who count Seqs. The others lack some of them, and perhaps all.
   */
  from(index: number, counts = true): Buffer {
    if (!counts && this.forCounters !== undefined) return this.fromForOthers(index);
    if (this.joined === undefined || index < this.joinedFrom) {
      this.joined = this.join(index);
      this.joinedFrom = index;
    }
    if (index === this.joinedFrom) return this.joined;
    const end = this.joined.subarray(this.starts[index]! - this.starts[this.joinedFrom]!);
    return end.length * 2 < this.joined.length ? Buffer.from(end) : end;
  }

  private put(payload: Buffer, isDeflated: boolean, isForCounters = false): void {
    if (isForCounters) {
      this.forCounters ??= [];
      this.forCounters.push(this.count);
    }
    this.payloads.push(payload);
    this.areDeflated.push(isDeflated);
    this.starts.push(this.length);
    this.length += frameBytes(payload.length);
    this.joined = undefined;
  }

  private fromForOthers(index: number): Buffer {
    this.others ??= { frames: new SharedFrames(), before: [] };
    const { frames, before } = this.others;
    for (let n = before.length; n < this.count; n += 1) {
      before.push(frames.count);
      if (this.forCounters![n - frames.count] !== n) frames.put(this.payloads[n]!, this.areDeflated[n]!);
    }
    const first = before[index]!;
    return first < frames.count ? frames.from(first) : NOTHING;
  }

  private join(index: number): Buffer {
    // Not from Node's pool: one piece would keep the whole slab in memory.
    const bytes = Buffer.allocUnsafeSlow(this.length - this.starts[index]!);
    let at = 0;
    for (let n = index; n < this.payloads.length; n += 1)
      at = putFrame(bytes, at, this.payloads[n]!, this.areDeflated[n]);
    return bytes;
  }
}
