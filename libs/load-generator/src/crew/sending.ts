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
}

/** Sends the messages of the senders of one thread when they are due. */
export class Sending {
  /** Messages that each sender of all threads has sent, by its number; those of other threads stay 0. */
  private readonly numbers: Uint32Array;
  /** `numbers` when the run began, from which the round of an acknowledged number follows. */
  private firstNumbers: Uint32Array;
  /** When the messages that wait for their sender were due, by the sender's number. */
  private readonly waiting = new Map<number, number[]>();
  private timetable: Timetable | undefined;

  constructor(
    private readonly options: SendingOptions,
    /** Of this thread, in the order of their numbers. */
    private readonly lines: readonly Line[],
  ) {
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

  /** The senders are disconnected: messages that are due meanwhile wait, and the wait counts. */
  hold(): void {
    for (const { seat } of this.lines) this.waiting.set(seat.sender, []);
  }

  /** A connection is back. Sends what waited for it. */
  release(line: Line): void {
    const dues = this.waiting.get(line.seat.sender) ?? [];
    this.waiting.delete(line.seat.sender);
    for (const due of dues) this.post(line, due);
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
    const { origin, messageBytes, dialect, counters, clock } = this.options;
    const number = ++this.numbers[sender]!;
    const stamp: Stamp = { origin, sender, number, due };
    line.send(dialect.message(line.seat, writeStamp(stamp, messageBytes), stamp));
    counters.sent += 1;
    counters.sendDelays.record(clock.now() - due);
  }
}
