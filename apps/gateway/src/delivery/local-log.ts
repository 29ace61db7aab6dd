import {
  decodePublished,
  epochTag,
  type LogHead,
  type LogId,
  type LogPage,
  type LogPosition,
  NO_EPOCH,
  type PublishedFrame,
} from '@parley/contracts';
import { doubledFrames, epochChanges, filledFrames } from '../metrics.js';
import type { TokenBucket } from '../pacing/token-bucket.js';
import { Audience } from './audience.js';
import { LogRepair, type RepairedLog, type RepairParts } from './log-repair.js';
import type { FollowedLog, Membership } from './membership.js';
import { Notices } from './notices.js';
import type { Pace } from './pace.js';
import { removedBy } from './removals.js';
import { SeqWaiters } from './seq-waiters.js';

/** Told of live members whose log no longer continues from where they are. */
export interface LogListener {
  /** The log continues after `from`, in another epoch or without the entries above it. */
  logTurned(member: Membership, from: number): void;
  /** The log continues after a gap. */
  logSkipped(member: Membership): void;
  /** The member's user was removed from the group. A live member has the entry. */
  removed(member: Membership, entry: Buffer): void;
}

/** What the logs of one gateway have in common. */
export interface LogParts extends RepairParts {
  readonly pace: Pace;
  /** Frames per second that tell large channels who joins, leaves and types. */
  readonly noticeBudget: TokenBucket;
  listener?: LogListener;
}

/**
 * A log with local members. It puts its frames into order and delivers each once. Pub/sub may lose frames, and so may
 * Redis. A frame that is not the next one waits until the missing ones have been read from the log. A frame of
 * another epoch waits until the log has reported its position.
 *
 * Redis may have lost the end of the log. Then the log turns: it continues after what it still has in common with what was
 * delivered here. As long as nobody has written to it since, it does so in the same epoch.
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
  /**
   * Whether an entry has arrived since the subscription was interrupted: then the subscription is in force again, and what was
   * lost before that entry is being read. Joins and leaves do not count.
   */
  wasHeard = false;
  private readonly repair: LogRepair;
  private readonly waiters = new SeqWaiters();
  private isClosed = false;
  /** Something that could not be read was published before it was known where the log stands. */
  private hasMissed = false;

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
   * @throws RangeError when the buffer ends inside a frame, or a frame is of a newer version or no UTF-8.
   */
  receive(published: Buffer): void {
    for (const frame of decodePublished(published)) {
      if (frame.seq === 0) this.notices.deliver(frame.json);
      else this.accept(frame);
    }
  }

  /** Something was published that cannot be read here, for one because its publisher is newer: it is read from the log. */
  missed(): void {
    if (this.isKnown) this.doubt();
    else this.hasMissed = true;
  }

  learn(head: LogPosition, asked: number): void {
    if (!this.isKnown) this.beginAt(head);
    else if (!this.isIn(head.epoch) || head.seq < asked) this.doubt();
    else {
      this.epoch = head.epoch;
      this.expect(head.seq);
    }
  }

  /** A frame with this Seq is in the log: if it does not arrive soon, it is read. */
  expect(seq: number): void {
    if (this.isKnown && seq > this.seq) this.repair.expect(seq);
  }

  doubt(): void {
    this.repair.doubt();
  }

  /** The subscription was interrupted: what was published meanwhile is lost. */
  interrupted(): void {
    this.wasHeard = false;
    this.notices.interrupted();
  }

  settled(): Promise<void> {
    return this.repair.settled();
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
    const { seq, epochTag: tag, json } = frame;
    this.wasHeard = true;
    if (!this.isKnown) this.moveTo(tag, seq - 1);
    const isOfEpoch = tag === this.tag;
    if (isOfEpoch && seq <= this.seq) doubledFrames.inc();
    else if (isOfEpoch && seq === this.seq + 1) this.deliver(seq, json);
    else this.repair.holdBack(frame);
  }

  applyPage(page: LogPage, after: number): void {
    if (!this.isIn(page.epoch)) this.beginEpoch(page);
    else if (page.seq < after) this.turn(page.epoch, page.seq);
    this.epoch = page.epoch;
    // A page that was read after an entry that is lost leaves out those that replaced it: they are read next.
    if (this.seq >= after) this.deliverPage(page);
  }

  private beginAt(head: LogPosition): void {
    this.startAt(head);
    if (this.hasMissed) this.doubt();
    this.hasMissed = false;
  }

  private startAt({ epoch, seq }: LogPosition): void {
    this.moveTo(epochTag(epoch), seq);
    this.epoch = epoch;
  }

  private moveTo(tag: number | undefined, seq: number): void {
    this.audience.breakStep();
    this.tag = tag;
    this.seq = seq;
    this.since = seq;
  }

  private isIn(epoch: string): boolean {
    return this.epoch === undefined ? epochTag(epoch) === this.tag : epoch === this.epoch;
  }

  private deliver(seq: number, json: Buffer): void {
    const removed = this.removedIn(seq, json);
    this.seq = seq;
    this.audience.deliver(seq, json);
    this.waiters.reached(seq);
    for (const member of removed) this.parts.listener?.removed(member, json);
  }

  /** The members whose user an entry removes from the group. */
  private removedIn(seq: number, json: Buffer): Membership[] {
    const userUUID = removedBy(json);
    if (userUUID === undefined) return [];
    const own = [...this.members].filter(({ connection }) => connection.session?.userUUID === userUUID);
    return own.filter((member) => member.remove(seq));
  }

  private deliverPage(page: LogPage): void {
    for (const { seq, json } of page.frames) {
      if (seq <= this.seq) continue;
      if (seq > this.seq + 1) this.skipTo(seq - 1);
      this.deliver(seq, Buffer.from(json));
      filledFrames.inc();
    }
    // Nothing between is stored any more.
    if (page.frames.length === 0 && page.seq > this.seq) this.skipTo(page.seq);
  }

  private beginEpoch(page: LogPage): void {
    // The first entry of a log begins an epoch as well, and nothing was before it.
    if (this.epoch !== NO_EPOCH) epochChanges.inc();
    const tag = epochTag(page.epoch);
    const firsts = this.repair.heldFrames.filter((frame) => frame.epochTag === tag).map(({ seq }) => seq - 1);
    this.turn(page.epoch, sharedWith(page, this.seq, ...firsts));
  }

  /** Everything above `from` is lost or of another epoch than `epoch`. */
  private turn(epoch: string, from: number): void {
    this.startAt({ epoch, seq: Math.min(this.seq, from) });
    this.repair.expectNothing();
    this.waiters.releaseAll();
    for (const member of this.members) {
      member.logMoved();
      if (member.isLive) this.parts.listener?.logTurned(member, from);
    }
  }

  /** A part of the log is not stored any more: members who count in it are told to reload. */
  private skipTo(seq: number): void {
    this.moveTo(this.tag, seq);
    for (const member of this.members) {
      member.logMoved();
      if (member.isLive && member.after < seq) this.parts.listener?.logSkipped(member);
    }
    this.waiters.reached(seq);
  }
}

/**
 * The Seq after which a reader continues in a log that was asked with the reader's epoch: up to there, both are the same. Where
 * nothing is known of that epoch, the reader continues below what it has, so that its client reloads.
 */
export const sharedWith = (head: LogHead, after: number, ...others: readonly number[]): number =>
  head.common >= 0 ? head.common : Math.max(0, Math.min(after - 1, head.seq, ...others));
