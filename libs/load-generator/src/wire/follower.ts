import { type Classifier, type Found, KINDS } from './found.js';
import { emptyHead, type FrameHead, OPCODES, readHead } from './frames.js';
import type { Tape } from './tape.js';

/** Handles what a {@link Follower} reads from one connection. */
export interface Reader {
  /** Frames `from` (inclusive) to `to` of the tape have come. */
  onTape(tape: Tape, from: number, to: number): void;
  /** One delivery has come. */
  onDelivery(found: Found): void;
  /** A text for this connection alone. */
  onPersonal(payload: string): void;
  /** A ping, pong, close or binary frame. */
  onControl(opcode: number, payload: Buffer): void;
  /** The bytes are not a server's frames. */
  onIllegal(reason: string): void;
}

/** Shared by all connections of a thread, which are read one after the other. */
export interface Scanner {
  readonly dialect: Classifier;
  readonly tape: Tape;
  readonly head: FrameHead;
  readonly found: Found;
  /** The process whose stamps can be compared with this process's clock. */
  readonly origin: number;
}

export const newScanner = (dialect: Classifier, tape: Tape, origin: number): Scanner => ({
  dialect,
  tape,
  origin,
  head: emptyHead(),
  found: { stream: 0, seq: 0, origin: 0, sender: 0, number: 0, due: 0 },
});

/** Reads the frames of one connection from its socket's chunks, along the tape as far as it matches. */
export class Follower {
  /** The frame of the tape that is expected next; -1 when that is not known. */
  private next = -1;
  private generation = -1;
  /** The beginning of an incomplete frame. */
  private rest: Buffer | undefined;
  /** The beginning of a message that comes in several frames. */
  private fragments: Buffer[] | undefined;

  constructor(
    private readonly scanner: Scanner,
    private readonly reader: Reader,
  ) {}

  /** Reads `chunk[start, end)`; keeps nothing of `chunk`, which the next read may overwrite. */
  read(chunk: Buffer, start: number, end: number): void {
    let at = this.rest === undefined ? start : this.finish(chunk, start, end);
    const { head } = this.scanner;
    while (at < end) {
      const along = this.followTape(chunk, at, end);
      if (along > at) {
        at = along;
        continue;
      }
      if (!readHead(chunk, at, end, head) || head.end > end) {
        this.rest = Buffer.from(chunk.subarray(at, end));
        return;
      }
      const after = head.end;
      this.readOne(chunk, at);
      at = after;
    }
  }

  /** Completes the frame that began in an earlier chunk; returns where the next one starts. */
  private finish(chunk: Buffer, start: number, end: number): number {
    const { head } = this.scanner;
    const before = this.rest!.length;
    const whole = Buffer.concat([this.rest!, chunk.subarray(start, end)]);
    if (!readHead(whole, 0, whole.length, head) || head.end > whole.length) {
      this.rest = whole;
      return end;
    }
    this.rest = undefined;
    const after = start + head.end - before;
    this.readOne(whole, 0);
    return after;
  }

  private followTape(chunk: Buffer, at: number, end: number): number {
    const { tape } = this.scanner;
    if (this.next < 0 || this.generation !== tape.generation || this.fragments !== undefined) return at;
    const from = this.next;
    const frames = tape.matching(from, chunk, at, end);
    if (frames === 0) return at;
    this.next = from + frames;
    this.reader.onTape(tape, from, this.next);
    return at + tape.starts[this.next]! - tape.starts[from]!;
  }

  /** Reads the frame at `start` that `scanner.head` describes. */
  private readOne(bytes: Buffer, start: number): void {
    const { opcode, final, illegal, payloadStart, end } = this.scanner.head;
    if (illegal) return void this.reader.onIllegal('a masked frame, or bits that were not negotiated');
    if (opcode === OPCODES.text && final) return void this.readText(bytes, payloadStart, end, start);
    const payload = bytes.subarray(payloadStart, end);
    if (opcode > OPCODES.binary || (opcode === OPCODES.binary && final)) {
      return void this.reader.onControl(opcode, payload);
    }
    this.fragments ??= [];
    this.fragments.push(Buffer.from(payload));
    if (!final) return;
    const message = Buffer.concat(this.fragments);
    this.fragments = undefined;
    this.readText(message, 0, message.length);
  }

  /** `frame`: where the whole frame starts in `bytes`, absent when the payload came in fragments. */
  private readText(bytes: Buffer, start: number, end: number, frame?: number): void {
    const { dialect, found, tape, origin } = this.scanner;
    const kind = dialect.classify(bytes, start, end, found);
    if (kind === KINDS.personal) return void this.reader.onPersonal(bytes.toString('utf8', start, end));
    if (kind !== KINDS.delivery) return;
    if (found.origin !== origin) found.due = 0;
    if (frame !== undefined) {
      this.next = tape.place(bytes, frame, end, found);
      this.generation = tape.generation;
    }
    this.reader.onDelivery(found);
  }
}
