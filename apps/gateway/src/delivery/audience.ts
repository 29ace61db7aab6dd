import { deliveredFrames, fanOutSize } from '../metrics.js';
import { SharedFrames } from '../socket/shared-frames.js';
import { textFrame } from '../socket/text-frame.js';
import { sampleLag } from './fan-out-lag.js';
import { isForCounters } from './for-counters.js';
import type { Membership } from './membership.js';
import type { Pace, Sender } from './pace.js';

/** Due bytes that leave before the turn ends: a longer write costs no less per byte. */
export const MOST_DUE_BYTES = 64 * 1024;

/**
 * The members of a log, and the frames on their way to them. Members in step share one buffer per turn, each from the
 * first frame on that it lacks. The others, who hold their frames or are not level with the log, are offered each frame.
 * Those who count no Seqs share a buffer of their own in a turn that has frames which are not for them.
 *
 * When the members are so many that writing to them takes milliseconds, they rest before the next writes, in proportion
 * to how long the last ones took: frames that arrive meanwhile share those writes. So a crowd costs less per frame the
 * busier it is, and leaves room for others.
 */
export class Audience implements Sender {
  readonly members = new Set<Membership>();
  readonly outOfStep = new Set<Membership>();
  /** Frames that members in step have yet to get; each knows how many of them it has. */
  due = new SharedFrames();
  private isAdded = false;
  /** When the members' rest ends, by `performance.now()`. */
  private restsUntil = 0;
  /** In how many turns the due frames arrived, and the last of those. */
  private turns = 0;
  private lastTurn = 0;

  constructor(private readonly pace: Pace) {}

  /** Admits a new member, which holds its frames. */
  admit(member: Membership): void {
    this.members.add(member);
    this.outOfStep.add(member);
  }

  /** Dismisses a member, after what was due to it. @returns whether it was one. */
  dismiss(member: Membership): boolean {
    member.fallOutOfStep();
    this.outOfStep.delete(member);
    return this.members.delete(member);
  }

  /** Delivers a frame to every member. Seq 0: not a part of the log. */
  deliver(seq: number, json: Buffer): void {
    const forCounters = isForCounters(seq, json);
    if (this.outOfStep.size < this.members.size) this.keep(json, forCounters);
    if (this.outOfStep.size === 0) return;
    const frame = textFrame(json);
    for (const member of this.outOfStep) member.offer(seq, frame, forCounters);
  }

  /** Takes everyone out of step, because the log is about to continue from another Seq. */
  breakStep(): void {
    for (const member of this.members) member.fallOutOfStep();
  }

  flush(): void {
    this.isAdded = false;
    this.send();
  }

  private keep(json: Buffer, forCounters: boolean): void {
    if (!forCounters) sampleLag(json);
    this.due.add(json, forCounters);
    const turn = this.pace.turn();
    if (turn !== this.lastTurn) this.turns += 1;
    this.lastTurn = turn;
    if (this.due.bytes >= MOST_DUE_BYTES) this.send();
    else if (!this.isAdded) {
      this.isAdded = true;
      this.pace.add(this, this.restsUntil - performance.now());
    }
  }

  private send(): void {
    const { due } = this;
    if (due.count === 0) return;
    this.due = new SharedFrames();
    const inStep = this.members.size - this.outOfStep.size;
    fanOutSize.observe(inStep);
    deliveredFrames.inc(inStep * due.count - this.lackedOf(due));
    const began = performance.now();
    for (const member of this.members) member.endTurn(due);
    const ended = performance.now();
    this.restsUntil = ended + this.pace.restAfter(ended - began, this.turns);
    this.turns = 0;
  }

  /** How many deliveries of due frames there are not, because the members in step do not count Seqs. */
  private lackedOf(due: SharedFrames): number {
    if (due.countForCounters === 0) return 0;
    let lacking = 0;
    for (const member of this.members)
      if (!member.getsAll && !this.outOfStep.has(member)) lacking += due.countForCounters;
    return lacking;
  }
}
