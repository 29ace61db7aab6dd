import { setTimeout as delay } from 'node:timers/promises';
import {
  decodePublished,
  epochTag,
  type LogHead,
  type LogId,
  type LogPage,
  type PublishedFrame,
} from '@parley/contracts';
import { AppError, CLOSE_CODES } from '@parley/protocol';
import { doubledFrames, filledFrames, turnedLogs } from '../metrics.js';
import type { FrameBudget } from '../pacing/frame-budget.js';
import { Audience } from './audience.js';
import { HeldFrames } from './held-frames.js';
import type { HoldBudget } from './hold-budget.js';
import type { LogReader } from './log-reader.js';
import { type Membership, ROLE } from './membership.js';
import { Notices } from './notices.js';
import type { Pace } from './pace.js';
import { Arrivals } from './seq-waiters.js';

/** How long a frame that is known to be in the log may take to come by, in milliseconds, before it is read. */
const LATE_MS = 200;
/** Pauses between attempts to read a log, in milliseconds: doubled each time, from the first to the longest. */
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2_000;

/** What the logs of one gateway have in common. */
export interface LogParts {
  readonly reader: LogReader;
  readonly budget: HoldBudget;
  readonly pace: Pace;
  /** For telling large channels who joins and leaves. */
  readonly noticeBudget: FrameBudget;
  /** Tells one who follows an inbox that it goes on in another epoch, or behind a hole. */
  inboxMoved?: (member: Membership) => void;
  /** Told of a failed attempt to read a log; it is repeated. */
  readonly fault: (error: unknown) => void;
}

/**
 * A log with local members: brings its frames into order and delivers each once. Pub/sub may lose, and so may Redis:
 * a frame that is not the next one waits until what is missing has been read from the log; a frame of another epoch
 * waits until the log has said where it stands. Longer than most files, for the order rests on all of it.
 */
export class LocalLog {
  readonly audience: Audience;
  readonly notices: Notices;
  /** Settles when Redis has confirmed the subscription. */
  subscribed: Promise<void> = Promise.resolve();
  isConfirmed = false;
  /** Undefined while only the first frame has told of it, by its tag. */
  epoch: string | undefined;
  /** Newest Seq that was delivered, or that a snapshot held when nothing had been. */
  seq = 0;
  /** Everything above this Seq was delivered to whoever was a member. */
  since = 0;
  /** Whether the log has grown here since this was last set to false. Joins and leaves show nothing of it. */
  wasHeard = false;
  private tag: number | undefined;
  private readonly held: HeldFrames;
  /** The log has to be read, whatever was held. */
  private isDoubtful = false;
  private isRepairing = false;
  private isClosed = false;
  /** The newest Seq that is known to be in the log. */
  private expected = 0;
  private late: NodeJS.Timeout | undefined;
  private readonly arrivals = new Arrivals();

  constructor(
    readonly id: LogId,
    private readonly parts: LogParts,
  ) {
    this.audience = new Audience(parts.pace);
    this.held = new HeldFrames(parts.budget);
    this.notices = new Notices(this.audience, parts.noticeBudget);
  }

  get members(): ReadonlySet<Membership> {
    return this.audience.members;
  }

  /** Whether it is known where the log stands. */
  get isKnown(): boolean {
    return this.tag !== undefined;
  }

  /**
   * Takes what was published.
   * @throws RangeError when the buffer ends inside a frame.
   */
  receive(published: Buffer): void {
    for (const frame of decodePublished(published)) {
      if (frame.seq === 0) this.notices.take(frame.json);
      else this.accept(frame);
    }
  }

  /** Takes where the log stands by the snapshot of a member. */
  enter(epoch: string, seq: number): void {
    if (!this.isKnown) this.begin(epochTag(epoch), seq, epoch);
    else if (this.isOf(epoch)) {
      this.epoch = epoch;
      this.expect(seq);
    } else this.doubt();
  }

  /** Takes what a check has found; `null`: there is no such log. */
  checked(head: LogHead | null): void {
    if (!this.isKnown) return;
    if (head === null) this.lost();
    else if (this.isOf(head.epoch)) this.expect(head.seq);
    else this.doubt();
  }

  /** A frame with this Seq is in the log: when it does not come by soon, it is read. */
  expect(seq: number): void {
    if (!this.isKnown || seq <= this.seq) return;
    this.expected = Math.max(this.expected, seq);
    this.late ??= setTimeout(() => {
      this.late = undefined;
      if (this.isBehind()) this.repair();
    }, LATE_MS);
  }

  /** The log may stand in another epoch: it is asked. */
  doubt(): void {
    this.isDoubtful = true;
    this.repair();
  }

  /** Resolves when the frame has been delivered, or is not to be waited for. */
  arrival(seq: number): Promise<void> {
    return this.isClosed || this.seq >= seq ? Promise.resolve() : this.arrivals.at(seq);
  }

  /** The last member has gone. */
  close(): void {
    this.isClosed = true;
    clearTimeout(this.late);
    this.held.release();
    this.arrivals.reachAll();
  }

  private accept(frame: PublishedFrame): void {
    if (!this.isKnown) this.begin(frame.epochTag, frame.seq - 1);
    const isOfEpoch = frame.epochTag === this.tag;
    if (isOfEpoch && frame.seq <= this.seq) doubledFrames.inc();
    else if (isOfEpoch && frame.seq === this.seq + 1) this.deliver(frame.seq, frame.json);
    else this.holdBack(frame);
  }

  private begin(tag: number, seq: number, epoch?: string): void {
    this.audience.part();
    this.tag = tag;
    this.epoch = epoch;
    this.seq = seq;
    this.since = seq;
  }

  private isOf(epoch: string): boolean {
    return this.epoch === undefined ? epochTag(epoch) === this.tag : epoch === this.epoch;
  }

  private deliver(seq: number, json: Buffer): void {
    this.seq = seq;
    this.wasHeard = true;
    this.audience.pass(seq, json);
    this.arrivals.reach(seq);
  }

  private holdBack(frame: PublishedFrame): void {
    if (!this.held.hold(frame)) this.isDoubtful = true;
    this.repair();
  }

  private isBehind(): boolean {
    return this.isDoubtful || this.held.all.length > 0 || this.expected > this.seq;
  }

  private repair(): void {
    if (this.isRepairing) return;
    this.isRepairing = true;
    void this.readOn();
  }

  /** Reads the log until nothing is missing; never rejects. */
  private async readOn(): Promise<void> {
    let pause = FIRST_PAUSE_MS;
    while (!this.isClosed && this.isBehind()) {
      const isOn = await this.readPage();
      if (isOn || !this.isBehind()) pause = FIRST_PAUSE_MS;
      else {
        await delay(pause * (0.5 + Math.random()), undefined, { ref: false });
        pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
      }
    }
    this.isRepairing = false;
  }

  /** @returns whether it brought anything. */
  private async readPage(): Promise<boolean> {
    // What was held before the log is asked is older than the answer: of another epoch, it is of none that counts.
    const earlier = new Set(this.held.all);
    const { expected } = this;
    this.isDoubtful = false;
    try {
      const page = await this.parts.reader.read(this.id, this.seq);
      // Meanwhile the last member has gone, or a check has found no log.
      return !this.isClosed && this.isKnown && this.takePage(page, expected, earlier);
    } catch (error) {
      if (error instanceof AppError && error.name === 'CHANNEL_NOT_FOUND') this.lost();
      else {
        this.isDoubtful = true;
        this.parts.fault(error);
      }
      return false;
    }
  }

  private takePage(page: LogPage, expected: number, earlier: ReadonlySet<PublishedFrame>): boolean {
    const { seq, epoch } = this;
    if (this.isOf(page.epoch)) this.take(page);
    else this.turn(page);
    if (page.seq > this.seq) this.isDoubtful = true;
    else if (this.expected === expected) this.expected = 0;
    this.tellStrays();
    this.takeHeld(earlier);
    return this.seq > seq || this.epoch !== epoch;
  }

  private take(page: LogPage): void {
    this.epoch = page.epoch;
    for (const { seq, json } of page.frames) {
      if (seq <= this.seq) continue;
      if (seq > this.seq + 1) this.moveTo(seq - 1);
      this.deliver(seq, Buffer.from(json));
      filledFrames.inc();
    }
    // Nothing of it is there any more.
    if (page.frames.length === 0 && page.seq > this.seq) this.moveTo(page.seq);
  }

  private takeHeld(earlier: ReadonlySet<PublishedFrame>): void {
    for (const frame of this.held.release()) {
      if (frame.epochTag !== this.tag && earlier.has(frame)) continue;
      this.accept(frame);
    }
  }

  /**
   * Goes on in a new epoch. Where it began is not told: not above what was delivered before, nor above its own newest
   * frame, nor above what has come of it.
   */
  private turn(page: LogPage): void {
    turnedLogs.inc();
    const tag = epochTag(page.epoch);
    const firsts = this.held.all.filter((frame) => frame.epochTag === tag).map(({ seq }) => seq - 1);
    const places = [...this.members].filter(({ epoch }) => epoch === page.epoch).map(({ after }) => after);
    const from = Math.min(this.seq, page.seq, ...firsts, ...places);
    this.begin(tag, Math.max(from, page.first - 1), page.epoch);
    this.expected = 0;
    for (const member of this.members) member.logMoved();
    this.arrivals.reachAll();
  }

  /** Part of the log is not there any more: whoever counts is told to reload. */
  private moveTo(seq: number): void {
    this.audience.part();
    this.seq = seq;
    this.since = seq;
    for (const member of this.members) {
      member.logMoved();
      if (member.isLive && member.after < seq) this.tell(member);
    }
    this.arrivals.reach(seq);
  }

  /** Whoever is live and counts in another epoch goes on in the log's. */
  private tellStrays(): void {
    for (const member of this.members) if (member.isLive && member.epoch !== this.epoch) this.tell(member);
  }

  private tell(member: Membership): void {
    const { connection } = member;
    const { epoch = '', seq } = this;
    member.place(epoch, seq);
    if (member.is(ROLE.subscribed))
      connection.tell({ type: 'subscribed', subscribed: { channelUUID: this.id, epoch, seq } });
    if (member.is(ROLE.inbox)) this.parts.inboxMoved?.(member);
  }

  /** Redis has lost the log whole: whoever counts is told to come again, the others see what comes. */
  private lost(): void {
    this.audience.part();
    this.tag = undefined;
    this.epoch = undefined;
    this.seq = 0;
    this.since = 0;
    this.expected = 0;
    this.isDoubtful = false;
    this.held.release();
    this.arrivals.reachAll();
    for (const member of [...this.members]) {
      member.logMoved();
      member.place('', 0);
      if (member.is(ROLE.subscribed) || member.is(ROLE.inbox))
        member.connection.close(CLOSE_CODES.OUT_OF_STEP, 'resume');
    }
  }
}
