import { setTimeout as delay } from 'node:timers/promises';
import pLimit from 'p-limit';
import pRetry, { type RetryContext } from 'p-retry';
import type { Dialect } from '../dialect.js';
import { Account, type Loss, type Tally } from '../measuring/account.js';
import { Clock } from '../measuring/clock.js';
import { Counters } from '../measuring/counters.js';
import { AFTERWARDS, type Tick, type Verdict } from '../measuring/tick.js';
import { type Seat, seatOf, sendersOf, threadOf, visitorSeat } from '../seating.js';
import { newScanner } from '../wire/follower.js';
import type { Found } from '../wire/found.js';
import { type Exchange, Line, newReadBuffer } from '../wire/line.js';
import { Tape } from '../wire/tape.js';
import type { CrewPlan, RunOrder, Standing } from './orders.js';
import { Sending } from './sending.js';
import { makeVisits } from './visits.js';

/** Upgrades and sign-ins of one thread at the same time. */
const ENTERING = 128;
/** How a connection that was cut tries to come back: every half second, 20 times in all. */
const RETURNS = { retries: 19, minTimeout: 500, factor: 1 };
const TICK_MICROS = 1_000_000;
/** Losses that are reported one by one. */
const EXAMPLES = 5;

/** The connections of one thread: opens them, sends what is due, and counts what arrives. */
export class Crew implements Exchange {
  readonly scanner;
  readonly readBuffer = newReadBuffer();
  private readonly clock: Clock;
  private readonly counters: Counters;
  private readonly tally: Tally = { deliveries: 0, doubled: 0, disordered: 0, strayed: 0 };
  private readonly lines: Line[];
  private readonly sending: Sending;
  private readonly newest = new Map<number, number>();
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
    this.sending = new Sending(
      { ...plan, clock: this.clock, dialect, counters: this.counters, senders: seating.senders },
      this.lines.filter(({ seat }) => seat.sender >= 0),
    );
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
    await this.each(this.lines, dueOf, async (line) => {
      await line.open();
      await this.dialect.enter(line, line.seat);
      this.beginSenders(line);
    });
    return this.counters.entries.take();
  }

  /** When the senders number their messages, all messages of a run are due, from the first one on. */
  private beginSenders(line: Line): void {
    if (this.dialect.numbering !== 'sender') return;
    const { first, count } = sendersOf(this.plan.seating, line.seat.room);
    for (let sender = first; sender < first + count; sender += 1) line.begins(sender, 0);
  }

  /** Does something with every line when it is due, a bounded number at once, and records how long after that it was done. */
  private async each(
    lines: readonly Line[],
    dueOf: (line: Line) => number,
    act: (line: Line) => Promise<void>,
  ): Promise<void> {
    await pLimit(ENTERING).map(lines, async (line) => {
      const due = dueOf(line);
      const wait = (due - this.clock.now()) / 1_000;
      if (wait > 0) await delay(wait);
      await act(line);
      this.counters.entries.record(this.clock.now() - due);
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
      onFailed: (reason) => this.counters.refuse(`visit: ${reason}`),
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
    await delay(Math.max(0, (at - this.clock.now()) / 1_000));
    for (const line of this.lines) line.cut();
    this.sending.hold();
    const dueOf = () => at;
    await this.each(this.lines, dueOf, (line) => this.comeBack(line));
  }

  /** Tries again when the server refuses, as a client does. Each refusal is counted. */
  private async comeBack(line: Line): Promise<void> {
    const comeBack = async () => {
      await line.open();
      await (this.dialect.reenter ?? this.dialect.enter).call(this.dialect, line, line.seat);
    };
    const onFailedAttempt = ({ error }: RetryContext) => {
      this.counters.refuse(`coming back: ${error.message}`);
      line.cut();
    };
    await pRetry(comeBack, { ...RETURNS, onFailedAttempt });
    this.sending.release(line);
  }

  stand(): Standing {
    const { sent, acknowledged } = this.counters;
    if (this.dialect.numbering === 'sender')
      for (const [sender, sent] of this.sending.sent()) this.note(sender, sent);
    else for (const { account, seat } of this.lines) this.note(seat.room, account.newest(seat.room) ?? -1);
    const newest = Float64Array.from([...this.newest].flat());
    return { sent, acknowledged, deliveries: this.tally.deliveries, newest };
  }

  private note(stream: number, seq: number): void {
    if (seq > (this.newest.get(stream) ?? -1)) this.newest.set(stream, seq);
  }

  /** What was lost, doubled or out of order since the last call, given the newest number of each stream over all threads. */
  settle(pairs: Float64Array): Verdict {
    const newest = new Map<number, number>();
    for (let at = 0; at < pairs.length; at += 2) newest.set(pairs[at]!, pairs[at + 1]!);
    for (const { account, seat } of this.lines) {
      this.addLosses(account.settle(newest), `connection ${seat.index}`);
    }
    this.tell(AFTERWARDS);
    const { doubled, disordered, strayed } = this.tally;
    const { lost, examples } = this.losses;
    Object.assign(this.tally, { doubled: 0, disordered: 0, strayed: 0 });
    this.losses = { lost: 0, examples: [] };
    return { lost, doubled, disordered, strayed, examples };
  }

  private addLosses(losses: readonly Loss[], who: string): void {
    for (const { stream, from, to } of losses) {
      this.losses.lost += to - from + 1;
      if (this.losses.examples.length >= EXAMPLES) continue;
      this.losses.examples.push(`${who}, stream ${stream}: ${from === to ? from : `${from}–${to}`}`);
    }
  }

  leave(): void {
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
    const since = this.order?.measureFrom ?? Number.POSITIVE_INFINITY;
    if (found.due >= since) this.counters.latencies[line.seat.url]!.record(this.clock.now() - found.due);
  }

  onAcknowledged(_line: Line, sender: number, number: number, stream?: number, seq?: number): void {
    this.counters.acknowledged += 1;
    if (stream !== undefined && seq !== undefined) this.note(stream, seq);
    const due = this.sending.dueOf(sender, number);
    if (due !== undefined && due >= this.order!.measureFrom)
      this.counters.ackLatencies.record(this.clock.now() - due);
  }

  onRefused(_line: Line, reason: string): void {
    this.counters.refuse(reason);
  }

  onLost(_line: Line, reason: string): void {
    this.counters.lose(reason);
  }
}
