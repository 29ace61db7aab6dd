import type { Found } from './found.js';

const TAPE_BYTES = 4 * 1024 * 1024;
const TAPE_FRAMES = 32_768;
const SEQS = 2 ** 32;

/**
 * The latest deliveries to the connections of a thread, in the order of their first arrival. A server writes the same bytes to
 * many connections: what one of them has scanned, the others recognise by comparing memory, which costs a tenth of scanning.
 * Where the bytes differ, a connection scans them and then returns to the tape.
 */
export class Tape {
  readonly bytes: Buffer;
  /** Frame i lies in `bytes[starts[i], starts[i + 1])`. */
  readonly starts: Int32Array;
  readonly streams: Int32Array;
  readonly seqs: Float64Array;
  /** When each was due, in µs since the epoch; 0 for messages of another process's clock. */
  readonly dues: Float64Array;
  /** The first frame of the run that each belongs to: one stream, consecutive numbers. */
  readonly runs: Int32Array;
  count = 0;
  /** Positions of another generation are void: the tape has restarted since. */
  generation = 0;
  private readonly places = new Map<number, number>();
  private readonly newest = new Map<number, number>();

  constructor(bytes = TAPE_BYTES, frames = TAPE_FRAMES) {
    this.bytes = Buffer.allocUnsafeSlow(bytes);
    this.starts = new Int32Array(frames + 1);
    this.streams = new Int32Array(frames);
    this.seqs = new Float64Array(frames);
    this.dues = new Float64Array(frames);
    this.runs = new Int32Array(frames);
  }

  /**
   * How many frames from `next` on `chunk[at, end)` contains, byte for byte. Compares as many as fit, then half as many while
   * they differ: usually one comparison.
   */
  matching(next: number, chunk: Buffer, at: number, end: number): number {
    const { starts } = this;
    const from = starts[next]!;
    let last = this.lastWithin(next, from + (end - at));
    while (last > next) {
      const to = starts[last]!;
      if (chunk.compare(this.bytes, from, to, at, at + to - from) === 0) return last - next;
      last = next + ((last - next) >> 1);
    }
    return 0;
  }

  /** The largest frame number, `next` at least, that starts at `limit` or before. */
  private lastWithin(next: number, limit: number): number {
    let [low, high] = [next, this.count];
    if (this.starts[high]! <= limit) return high;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.starts[middle]! <= limit) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /**
   * The position on the tape after the frame `chunk[start, end)`, which a connection has just got. Adds the frame when it is
   * newer than the stream's last. -1 when it is neither on the tape nor newer.
   */
  place(chunk: Buffer, start: number, end: number, { stream, seq, due }: Found): number {
    const key = stream * SEQS + seq;
    const place = this.places.get(key);
    if (place !== undefined) return this.holds(place, chunk, start, end) ? place + 1 : -1;
    if (seq <= (this.newest.get(stream) ?? -1) || end - start > this.bytes.length) return -1;
    if (this.isFull(end - start)) this.restart();
    const frame = this.count;
    this.starts[frame + 1] = this.starts[frame]! + chunk.copy(this.bytes, this.starts[frame]!, start, end);
    this.streams[frame] = stream;
    this.seqs[frame] = seq;
    this.dues[frame] = due;
    this.runs[frame] = this.continuesRun(frame) ? this.runs[frame - 1]! : frame;
    this.places.set(key, frame);
    this.newest.set(stream, seq);
    this.count = frame + 1;
    return this.count;
  }

  private holds(frame: number, chunk: Buffer, start: number, end: number): boolean {
    return chunk.compare(this.bytes, this.starts[frame]!, this.starts[frame + 1]!, start, end) === 0;
  }

  private continuesRun(frame: number): boolean {
    return (
      frame > 0 &&
      this.streams[frame] === this.streams[frame - 1] &&
      this.seqs[frame] === this.seqs[frame - 1]! + 1
    );
  }

  private isFull(bytes: number): boolean {
    return this.count === this.seqs.length || this.starts[this.count]! + bytes > this.bytes.length;
  }

  private restart(): void {
    this.count = 0;
    this.generation += 1;
    this.places.clear();
  }
}
