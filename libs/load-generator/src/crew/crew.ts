import { setTimeout as delay } from 'node:timers/promises';
import pLimit from 'p-limit';
import type { Dialect } from '../dialect.js';
import { Account, emptyTally, type Loss } from '../measuring/account.js';
import { Clock } from '../measuring/clock.js';
import { Counters } from '../measuring/counters.js';
import { Logs } from '../measuring/logs.js';
import { AFTERWARDS, type Tick, type Verdict } from '../measuring/tick.js';
import { type Seat, seatOf, sendersOf, threadOf, visitorSeat } from '../seating.js';
import { newScanner } from '../wire/follower.js';
import type { Found } from '../wire/found.js';
import { type Exchange, Line, newReadBuffer } from '../wire/line.js';
import { Tape } from '../wire/tape.js';
import type { CrewPlan, RunOrder, Standing } from './orders.js';
import { Returning } from './returning.js';
import { Sending } from './sending.js';
import { makeVisits } from './visits.js';

const TICK_MICROS = 1_000_000;
/** A run that is ended early ends within this time. */
const STOP_WITHIN_MS = 250;
/** Losses that are reported one by one. */
const EXAMPLES = 5;

/** The connections of one thread: opens them, sends what is due, and counts what arrives. */
export class Crew implements Exchange {
  readonly scanner;
  readonly readBuffer = newReadBuffer();
  private readonly clock: Clock;
  private readonly counters: Counters;
  private readonly tally = emptyTally();
  private readonly lines: Line[];
  private readonly sending: Sending;
  private readonly returning: Returning;
  private readonly logs: Logs;
  private order: RunOrder | undefined;
  private losses: { lost: number; examples: string[] } = { lost: 0, examples: [] };

  constructor(
    private readonly plan: CrewPlan,
    readonly dialect: Dialect,
    private readonly report: (tick: Tick) => void,
  ) {
    this.clock = new Clock(plan.clockOffset);
    this.scanner = newScanner(dialect, new Tape(), plan.origin);
    const { seating, thread, threads } = plan;
    this.counters = new Counters(seating.urls.length);
    const seats = Array.from({ length: seating.connections }, (_, index) => seatOf(seating, index));
    this.lines = seats
      .filter((seat) => threadOf(seating, seat, threads) === thread)
      .map((seat) => this.lineOf(seat));
    const { clock, counters } = this;
    const { resume } = plan;
    this.logs = new Logs(resume);
    this.sending = new Sending(
      { ...plan, clock, dialect, counters, senders: seating.senders, repeats: resume },
      this.lines.filter(({ seat }) => seat.sender >= 0),
    );
    this.returning = new Returning({ dialect, counters, clock, sending: this.sending, resume });
  }

  private lineOf(seat: Seat): Line {
    const { seating } = this.plan;
    const senders = sendersOf(seating, seat.room);
    const bySender = this.dialect.numbering === 'sender';
    const account = bySender
      ? new Account(this.tally, senders.first, senders.count)
      : new Account(this.tally, seat.room, 1);
    return new Line(this, new URL(seating.urls[seat.url]!), seat, account);
  }

  /** Opens every connection at its time of the ramp. Rejects with the first error. */
  async enter(): Promise<Float64Array> {
    const { rampMs, seating } = this.plan;
    const begin = this.clock.now();
    const dueOf = (line: Line) => begin + (line.seat.index / seating.connections) * rampMs * 1_000;
    if (this.plan.resume) this.returning.watchOver(this.lines);
    await this.each(this.lines, dueOf, async (line) => {
      await this.returning.bringIn(line);
      this.beginSenders(line);
      this.counters.entries.record(this.clock.now() - dueOf(line));
    });
    return this.counters.entries.take();
  }

  /** When the senders number their messages, all messages of a run are due, from the first one on. */
  private beginSenders(line: Line): void {
    if (this.dialect.numbering !== 'sender') return;
    const { first, count } = sendersOf(this.plan.seating, line.seat.room);
    for (let sender = first; sender < first + count; sender += 1) line.begins(sender, 0);
  }

  /** Does something with every line when it is due, a bounded number at once. */
  private async each(
    lines: readonly Line[],
    dueOf: (line: Line) => number,
    act: (line: Line) => Promise<void>,
  ): Promise<void> {
    await pLimit(this.plan.entering).map(lines, async (line) => {
      const due = dueOf(line);
      const wait = (due - this.clock.now()) / 1_000;
      if (wait > 0) await delay(wait);
      await act(line);
    });
  }

  /** Sends by the timetable. Resolves at its end. Ticks at whole seconds from `measureFrom`. */
  async run(order: RunOrder): Promise<void> {
    this.order = order;
    await Promise.all([
      this.sending.run(order.timetable),
      this.tick(order),
      this.storm(order.stormAt),
      this.makeVisits(order),
    ]);
  }

  private async makeVisits({ timetable, visitsPerSecond: perSecond }: RunOrder): Promise<void> {
    const { seating, thread, threads } = this.plan;
    if (!perSecond) return;
    await makeVisits({
      clock: this.clock,
      dialect: this.dialect,
      timetable,
      perSecond,
      visitors: seating.visitors ?? 0,
      lineOf: (visitor) =>
        visitor % threads === thread ? this.lineOf(visitorSeat(seating, visitor)) : undefined,
      entries: this.counters.entries,
      onFailed: (reason) => this.counters.count('refused', `visit: ${reason}`),
      onOver: (account) => this.addLosses(account.settle(new Map()), 'a visitor'),
    });
  }

  private async tick({ timetable, measureFrom }: RunOrder): Promise<void> {
    let second = Math.ceil((this.clock.now() - measureFrom) / TICK_MICROS);
    for (let at = 0; at < timetable.until; second += 1) {
      at = Math.min(measureFrom + second * TICK_MICROS, timetable.until);
      const wait = (at - this.clock.now()) / 1_000;
      await delay(Math.max(0, Math.ceil(wait)));
      this.tell(second - 1);
    }
  }

  private tell(second: number): void {
    const open = this.lines.filter((line) => line.isOpen).length;
    this.report(this.counters.take(second, this.tally.deliveries, open));
  }

  private async storm(at: number | undefined): Promise<void> {
    if (at === undefined) return;
    const { timetable } = this.order!;
    while (this.clock.now() < at && this.clock.now() < timetable.until) {
      await delay(Math.max(0, Math.min((at - this.clock.now()) / 1_000, STOP_WITHIN_MS)));
    }
    // A run that was ended early has no storm; one that ends with its storm has one.
    if (timetable.until < at) return;
    for (const line of this.lines) line.cut();
    for (const line of this.lines) this.sending.hold(line);
    await this.each(
      this.lines,
      () => at,
      (line) => this.returning.bringBack(line, at),
    );
  }

  /** Ends the run at this moment, if it would last longer. */
  stop(at: number): void {
    const timetable = this.order?.timetable;
    if (timetable !== undefined) timetable.until = Math.min(timetable.until, at);
  }

  stand(): Standing {
    const { sent, acknowledged } = this.counters;
    const { logs, sending } = this;
    if (this.dialect.numbering === 'sender')
      for (const [sender, messages] of sending.sent()) logs.note(sender, messages);
    else for (const { account, seat } of this.lines) logs.note(seat.room, account.newest(seat.room) ?? -1);
    const newest = Float64Array.from(logs.newest().flat());
    const awaited = this.returning.count + sending.open;
    return { sent, acknowledged, deliveries: this.tally.deliveries, awaited, newest };
  }

  /** What was lost, doubled or out of order since the last call, given the newest number of each stream over all threads. */
  settle(pairs: Float64Array): Verdict {
    const newest = new Map<number, number>();
    for (let at = 0; at < pairs.length; at += 2) newest.set(pairs[at]!, pairs[at + 1]!);
    for (const { account, seat } of this.lines) {
      this.addLosses(account.settle(newest), `connection ${seat.index}`);
    }
    const { vanished, repeated } = this.logs.settle();
    for (const message of vanished) this.exemplify(`acknowledged, and gone: ${message}`);
    const unanswered = this.sending.open;
    this.sending.forget();
    this.tell(AFTERWARDS);
    const { deliveries, ...tally } = this.tally;
    const { lost, examples } = this.losses;
    Object.assign(this.tally, emptyTally(), { deliveries });
    this.losses = { lost: 0, examples: [] };
    return { ...tally, lost, vanished: vanished.length, repeated: repeated.length, unanswered, examples };
  }

  private addLosses(losses: readonly Loss[], who: string): void {
    for (const { stream, from, to } of losses) {
      this.losses.lost += to - from + 1;
      this.exemplify(`${who}, stream ${stream}: ${from === to ? from : `${from}–${to}`}`);
    }
  }

  private exemplify(example: string): void {
    if (this.losses.examples.length < EXAMPLES) this.losses.examples.push(example);
  }

  leave(): void {
    this.returning.end();
    for (const line of this.lines) line.end();
  }

  onTape(line: Line, tape: Tape, from: number, to: number): void {
    this.recordLatencies(line.seat.url, tape.dues, from, to);
    // The account takes a run of consecutive numbers in one step, and other frames one by one.
    for (let at = from; at < to; ) {
      let last = to - 1;
      if (tape.runs[last]! > at) {
        last = at;
        while (last + 1 < to && tape.runs[last + 1] === tape.runs[at]) last += 1;
      }
      line.account.take(tape.streams[at]!, tape.seqs[at]!, tape.seqs[last]!);
      at = last + 1;
    }
  }

  private recordLatencies(url: number, dues: Float64Array, from: number, to: number): void {
    const since = this.order?.measureFrom ?? Number.POSITIVE_INFINITY;
    const counts = this.counters.latencies[url]!;
    const now = this.clock.now();
    for (let at = from; at < to; at += 1) {
      const due = dues[at]!;
      if (due >= since) counts.record(now - due);
    }
  }

  onDelivery(line: Line, found: Found): void {
    line.account.take(found.stream, found.seq, found.seq);
    if (this.plan.resume) this.hear(line, found);
    const since = this.order?.measureFrom ?? Number.POSITIVE_INFINITY;
    if (found.due >= since) this.counters.latencies[line.seat.url]!.record(this.clock.now() - found.due);
  }

  /** Records where a message of this thread's senders is. Each comes here once at least: the first time that a line gets it. */
  private hear({ epoch }: Line, found: Found): void {
    if (found.origin === this.plan.origin && this.sending.has(found.sender)) this.logs.hear(found, epoch);
  }

  onAcknowledged(line: Line, sender: number, number: number, stream?: number, seq?: number): void {
    if (!this.sending.settle(sender, number)) return;
    this.counters.acknowledged += 1;
    this.logs.acknowledge(sender, number);
    if (stream !== undefined && seq !== undefined)
      this.logs.hear({ stream, seq, sender, number }, line.epoch);
    const due = this.sending.dueOf(sender, number);
    if (due !== undefined && due >= this.order!.measureFrom)
      this.counters.ackLatencies.record(this.clock.now() - due);
  }

  onRefused(_line: Line, reason: string): void {
    this.counters.count('refused', reason);
  }

  onDeferred(line: Line, _sender: number, number: number, reason: string, afterMs: number | undefined): void {
    if (!this.plan.resume) return void this.onRefused(line, reason);
    this.counters.count('retried', reason);
    this.sending.defer(line, number, afterMs);
  }

  onEpoch(_line: Line, stream: number, epoch: string, from: number | undefined): void {
    if (from === undefined) this.logs.enter(stream, epoch);
    else this.logs.goOn(stream, epoch, from);
  }

  onLost(line: Line, reason: string): void {
    this.returning.lose(line, reason);
  }
}
