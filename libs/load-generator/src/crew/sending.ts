import type { Dialect } from '../dialect.js';
import type { Clock } from '../measuring/clock.js';
import type { Counters } from '../measuring/counters.js';
import { type Stamp, writeStamp } from '../stamp.js';
import type { Line } from '../wire/line.js';
import { dueAt, Schedule, type Timetable } from './schedule.js';

/** Messages to send before sockets are read again. */
const SENDS_PER_TURN = 64;

export interface SendingOptions {
  readonly clock: Clock;
  readonly dialect: Dialect;
  readonly counters: Counters;
  readonly origin: number;
  readonly messageBytes: number;
  /** Senders of all threads. */
  readonly senders: number;
  /** Whether messages are sent again until they are acknowledged. Needs a server that recognises them. */
  readonly repeats: boolean;
}

/** The pause before a message is sent again that the server refused without saying when it may be, in ms. */
const AGAIN_MS = 500;

/** Sends the messages of the senders of one thread when they are due. */
export class Sending {
  /** Messages that each sender of all threads has sent, by its number; those of other threads stay 0. */
  private readonly numbers: Uint32Array;
  /** `numbers` when the run began, from which the round of an acknowledged number follows. */
  private firstNumbers: Uint32Array;
  /** When the messages that wait for their sender were due, by the sender's number. */
  private readonly waiting = new Map<number, number[]>();
  /** With `repeats`: when each message that is not acknowledged was due, by its sender and its number. */
  private readonly unanswered = new Map<number, Map<number, number>>();
  private timetable: Timetable | undefined;

  constructor(
    private readonly options: SendingOptions,
    /** Of this thread, in the order of their numbers. */
    private readonly lines: readonly Line[],
  ) {
    if (options.repeats) for (const { seat } of lines) this.unanswered.set(seat.sender, new Map());
    this.numbers = new Uint32Array(options.senders);
    this.firstNumbers = this.numbers;
  }

  /** Sends by the timetable. Resolves when nothing more will be due. */
  run(timetable: Timetable): Promise<void> {
    this.timetable = timetable;
    this.firstNumbers = this.numbers.slice();
    const { clock } = this.options;
    const bySender = new Map(this.lines.map((line) => [line.seat.sender, line]));
    const schedule = new Schedule(timetable, [...bySender.keys()]);
    return new Promise((resolve) => {
      const turn = () => {
        for (let sends = 0; sends < SENDS_PER_TURN && schedule.due <= clock.now(); sends += 1) {
          this.post(bySender.get(schedule.sender)!, schedule.due);
          schedule.next();
        }
        const { due } = schedule;
        if (due === Number.POSITIVE_INFINITY) resolve();
        else if (due <= clock.now()) setImmediate(turn);
        else setTimeout(turn, Math.max(0, (due - clock.now()) / 1_000));
      };
      turn();
    });
  }

  /** A connection has ended: messages of its sender that are due meanwhile wait, and the wait counts. */
  hold({ seat: { sender } }: Line): void {
    if (sender >= 0 && !this.waiting.has(sender)) this.waiting.set(sender, []);
  }

  /**
   * A connection is back. Sends what waited for it, after the messages that may or may not have been stored.
   * @returns how many those are
   */
  release(line: Line): number {
    const { sender } = line.seat;
    const dues = this.waiting.get(sender) ?? [];
    this.waiting.delete(sender);
    const again = [...(this.unanswered.get(sender) ?? [])];
    for (const [number, due] of again) this.transmit(line, number, due);
    for (const due of dues) this.post(line, due);
    return again.length;
  }

  /** Sends a message again after a pause that the server has refused. A line that ends meanwhile sends it when it is back. */
  defer(line: Line, number: number, afterMs = AGAIN_MS): void {
    setTimeout(() => {
      const due = this.unanswered.get(line.seat.sender)?.get(number);
      if (due !== undefined) this.transmit(line, number, due);
    }, afterMs).unref();
  }

  /** The server has acknowledged a message. @returns false when it had done so before */
  settle(sender: number, number: number): boolean {
    return this.unanswered.get(sender)?.delete(number) ?? true;
  }

  /** With `repeats`: messages that are not acknowledged, and those that wait for their sender. */
  get open(): number {
    const sizes = [...this.unanswered.values()].map(({ size }) => size);
    return [...this.waiting.values()].reduce(
      (sum, { length }) => sum + length,
      sizes.reduce((sum, size) => sum + size, 0),
    );
  }

  /** Nothing that is unanswered is sent again. */
  forget(): void {
    for (const numbers of this.unanswered.values()) numbers.clear();
  }

  has(sender: number): boolean {
    return this.unanswered.has(sender);
  }

  /** When a message of this run was due, in µs since the epoch; undefined before the first run. */
  dueOf(sender: number, number: number): number | undefined {
    return this.timetable && dueAt(this.timetable, sender, number - this.firstNumbers[sender]! - 1);
  }

  /** How many messages each sender of this thread has sent, as pairs of its number and the count. */
  sent(): [sender: number, messages: number][] {
    return this.lines.map(({ seat }) => [seat.sender, this.numbers[seat.sender]!]);
  }

  private post(line: Line, due: number): void {
    const { sender } = line.seat;
    const waiting = this.waiting.get(sender);
    if (waiting !== undefined) return void waiting.push(due);
    const { counters, clock } = this.options;
    const number = ++this.numbers[sender]!;
    this.unanswered.get(sender)?.set(number, due);
    this.transmit(line, number, due);
    counters.sent += 1;
    counters.sendDelays.record(clock.now() - due);
  }

  private transmit(line: Line, number: number, due: number): void {
    const { origin, messageBytes, dialect } = this.options;
    const stamp: Stamp = { origin, sender: line.seat.sender, number, due };
    line.send(dialect.message(line.seat, writeStamp(stamp, messageBytes), stamp));
  }
}
