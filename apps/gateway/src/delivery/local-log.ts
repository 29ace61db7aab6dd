import {
  decodePublished,
  epochTag,
  type LogId,
  type LogPage,
  type LogPosition,
  type PublishedFrame,
} from '@parley/contracts';
import { doubledFrames, epochChanges, filledFrames } from '../metrics.js';
import type { TokenBucket } from '../pacing/token-bucket.js';
import { Audience } from './audience.js';
import { LogRepair, type RepairedLog, type RepairParts } from './log-repair.js';
import type { FollowedLog, Membership } from './membership.js';
import { Notices } from './notices.js';
import type { Pace } from './pace.js';
import { SeqWaiters } from './seq-waiters.js';

/** Told of members whose log no longer continues from where they are. */
export interface LogListener {
  /** The log continues in another epoch, or after a gap. This live member follows it, and its client is told. */
  logMoved(member: Membership): void;
  /** Redis has lost the whole log. */
  logLost(member: Membership): void;
}

/** What the logs of one gateway have in common. */
export interface LogParts extends RepairParts {
  readonly pace: Pace;
  /** Frames per second that tell large channels who joins and leaves. */
  readonly noticeBudget: TokenBucket;
  listener?: LogListener;
}

/**
 * A log with local members. It puts its frames into order and delivers each once. Pub/sub may lose frames, and so may
 * Redis. A frame that is not the next one waits until the missing ones have been read from the log. A frame of
 * another epoch waits until the log has reported its position.
 */
export class LocalLog implements FollowedLog, RepairedLog {
  readonly audience: Audience;
  readonly notices: Notices;
  /** Settles when Redis has confirmed the subscription. */
  subscribed: Promise<void> = Promise.resolve();
  isConfirmed = false;
  /** Undefined while only the first frame has told of the epoch, by its tag. */
  epoch: string | undefined;
  tag: number | undefined;
  /** Newest Seq that was delivered, or that a snapshot held when nothing had been. */
  seq = 0;
  since = 0;
  /** Whether the log has grown here since this was last set to false. Joins and leaves do not count. */
  wasHeard = false;
  private readonly repair: LogRepair;
  private readonly waiters = new SeqWaiters();
  private isClosed = false;

  constructor(
    readonly id: LogId,
    private readonly parts: LogParts,
  ) {
    this.audience = new Audience(parts.pace);
    this.notices = new Notices(this.audience, parts.noticeBudget);
    this.repair = new LogRepair(this, parts);
  }

  get members(): ReadonlySet<Membership> {
    return this.audience.members;
  }

  get isKnown(): boolean {
    return this.tag !== undefined;
  }

  /**
   * Takes a published buffer.
   * @throws RangeError when the buffer ends inside a frame.
   */
  receive(published: Buffer): void {
    for (const frame of decodePublished(published)) {
      if (frame.seq === 0) this.notices.deliver(frame.json);
      else this.accept(frame);
    }
  }

  learnHead(epoch: string, seq: number): void {
    if (!this.isKnown) this.startAt(epochTag(epoch), seq, epoch);
    else if (this.isIn(epoch)) {
      this.epoch = epoch;
      this.expect(seq);
    } else this.doubt();
  }

  /** Takes what a check has found; `null`: there is no such log. */
  checked(head: LogPosition | null): void {
    if (!this.isKnown) return;
    if (head === null) this.lost();
    else if (this.isIn(head.epoch)) this.expect(head.seq);
    else this.doubt();
  }

  /** A frame with this Seq is in the log: if it does not arrive soon, it is read. */
  expect(seq: number): void {
    if (this.isKnown && seq > this.seq) this.repair.expect(seq);
  }

  doubt(): void {
    this.repair.doubt();
  }

  /** Resolves when the frame has been delivered, or will not be. */
  delivered(seq: number): Promise<void> {
    return this.isClosed || this.seq >= seq ? Promise.resolve() : this.waiters.waitFor(seq);
  }

  /** The last member has gone. */
  close(): void {
    this.isClosed = true;
    this.repair.close();
    this.waiters.releaseAll();
  }

  accept(frame: PublishedFrame): void {
    if (!this.isKnown) this.startAt(frame.epochTag, frame.seq - 1);
    const isOfEpoch = frame.epochTag === this.tag;
    if (isOfEpoch && frame.seq <= this.seq) doubledFrames.inc();
    else if (isOfEpoch && frame.seq === this.seq + 1) this.deliver(frame.seq, frame.json);
    else this.repair.holdBack(frame);
  }

  applyPage(page: LogPage): void {
    if (this.isIn(page.epoch)) this.deliverPage(page);
    else this.beginEpoch(page);
    for (const member of this.members)
      if (member.isLive && member.epoch !== this.epoch) this.parts.listener?.logMoved(member);
  }

  lost(): void {
    this.audience.breakStep();
    this.tag = undefined;
    this.epoch = undefined;
    this.seq = 0;
    this.since = 0;
    this.repair.reset();
    this.waiters.releaseAll();
    for (const member of [...this.members]) {
      member.logMoved();
      this.parts.listener?.logLost(member);
    }
  }

  private startAt(tag: number, seq: number, epoch?: string): void {
    this.audience.breakStep();
    this.tag = tag;
    this.epoch = epoch;
    this.seq = seq;
    this.since = seq;
  }

  private isIn(epoch: string): boolean {
    return this.epoch === undefined ? epochTag(epoch) === this.tag : epoch === this.epoch;
  }

  private deliver(seq: number, json: Buffer): void {
    this.seq = seq;
    this.wasHeard = true;
    this.audience.deliver(seq, json);
    this.waiters.reached(seq);
  }

  private deliverPage(page: LogPage): void {
    this.epoch = page.epoch;
    for (const { seq, json } of page.frames) {
      if (seq <= this.seq) continue;
      if (seq > this.seq + 1) this.moveTo(seq - 1);
      this.deliver(seq, Buffer.from(json));
      filledFrames.inc();
    }
    // Nothing between is stored any more.
    if (page.frames.length === 0 && page.seq > this.seq) this.moveTo(page.seq);
  }

  /**
   * Continues in a new epoch. The page does not say where that epoch began. It cannot be above what was delivered
   * before, the page's newest frame, or the frames of the epoch that arrived.
   */
  private beginEpoch(page: LogPage): void {
    epochChanges.inc();
    const tag = epochTag(page.epoch);
    const ofEpoch = this.repair.heldFrames.filter((frame) => frame.epochTag === tag);
    const firsts = ofEpoch.map(({ seq }) => seq - 1);
    const places = [...this.members].filter(({ epoch }) => epoch === page.epoch).map(({ after }) => after);
    const from = Math.min(this.seq, page.seq, ...firsts, ...places);
    this.startAt(tag, Math.max(from, page.first - 1), page.epoch);
    this.repair.expectNothing();
    for (const member of this.members) member.logMoved();
    this.waiters.releaseAll();
  }

  /** A part of the log is not stored any more: members who count in it are told to reload. */
  private moveTo(seq: number): void {
    this.audience.breakStep();
    this.seq = seq;
    this.since = seq;
    for (const member of this.members) {
      member.logMoved();
      if (member.isLive && member.after < seq) this.parts.listener?.logMoved(member);
    }
    this.waiters.reached(seq);
  }
}
