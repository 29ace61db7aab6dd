import { deliveredFrames, fanOutSize } from '../metrics.js';
import { DueFrames } from '../socket/shared-frames.js';
import { textFrame } from '../socket/text-frame.js';
import { sampleLag } from './fan-out-lag.js';
import type { Membership } from './membership.js';
import type { Pace, Sender } from './pace.js';

/** What is due leaves before the turn ends when it has grown to so many bytes: a longer write costs no less per byte. */
const MOST_DUE_BYTES = 64 * 1024;
/**
 * The members of a log, and the frames on their way to them. A member that is live and has what the log has is in step:
 * those share one buffer per turn, each from the frame on that it does not have yet. The others, who hold their frames
 * back or are ahead of the log, stand apart and are offered each frame.
 *
 * Where the members are so many that writing to them takes milliseconds, the next turn ends only after a rest in proportion:
 * what comes meanwhile goes in the same writes. So a busy crowd costs less the busier it is, and leaves room for others.
 */
export class Audience implements Sender {
  readonly members = new Set<Membership>();
  /** Those who are not in step. */
  readonly apart = new Set<Membership>();
  /** What those in step have yet to get; each knows how much of it it has. */
  due = new DueFrames();
  private isAdded = false;
  /** The members have rest until then, by `performance.now()`. */
  private restsUntil = 0;

  constructor(private readonly pace: Pace) {}

  /** Takes a new member, which holds its frames back. */
  admit(member: Membership): void {
    this.members.add(member);
    this.apart.add(member);
  }

  /** Lets a member go, with what was due to it. @returns whether it was one. */
  dismiss(member: Membership): boolean {
    member.leaveStep();
    this.apart.delete(member);
    return this.members.delete(member);
  }

  /** Passes a frame on. Seq 0: no part of the log. */
  pass(seq: number, json: Buffer): void {
    if (this.apart.size < this.members.size) this.keep(json);
    if (this.apart.size === 0) return;
    const frame = textFrame(json);
    for (const member of this.apart) member.offer(seq, frame);
  }

  /** Nobody is in step any more: the log is about to go on elsewhere. */
  part(): void {
    for (const member of this.members) member.leaveStep();
  }

  flush(): void {
    this.isAdded = false;
    this.send();
  }

  private keep(json: Buffer): void {
    sampleLag(json);
    this.due.add(json);
    if (this.due.bytes >= MOST_DUE_BYTES) this.send();
    else if (!this.isAdded) {
      this.isAdded = true;
      this.pace.add(this, this.restsUntil - performance.now());
    }
  }

  private send(): void {
    const { due } = this;
    if (due.count === 0) return;
    this.due = new DueFrames();
    const inStep = this.members.size - this.apart.size;
    fanOutSize.observe(inStep);
    deliveredFrames.inc(inStep * due.count);
    const began = performance.now();
    for (const member of this.members) member.take(due);
    const ended = performance.now();
    this.restsUntil = ended + this.pace.restAfter(ended - began);
  }
}
