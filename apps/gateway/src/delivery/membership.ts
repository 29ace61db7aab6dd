import type { Connection } from '../socket/connection.js';
import type { DueFrames } from '../socket/shared-frames.js';
import type { LocalLog } from './local-log.js';

/** Why a connection is a member of a log: for one reason or several, it gets each frame once. */
export const ROLE = { joined: 1, subscribed: 2, inbox: 4 } as const;
export type Role = (typeof ROLE)[keyof typeof ROLE];

/** Bytes that are held back for one member; past it what came is read from the log. */
const MAX_HELD_BYTES = 256 * 1024;
/** Holding began before anybody knew where the log stands. */
const UNKNOWN = -1;
/** Not in step with the log. */
const APART = -1;

interface HeldFrame {
  readonly seq: number;
  readonly frame: Buffer;
}

/**
 * One connection's place in one log. It is live, or what comes is held back: while a join is under way, or while the
 * member is brought to where the log stands. What is held is bounded; a member for which some of it is missing
 * cannot go live before it has been read from the log. So it misses nothing, sees nothing twice, and costs little.
 * A live member that has all that the log has is in step: what comes is due to it, and leaves when the turn ends or
 * anything else is written to its connection, whichever is first.
 */
export class Membership {
  /** A sum of {@link ROLE}. */
  roles = 0;
  /** The epoch in which `after` counts. */
  epoch = '';
  private ownAfter = 0;
  /** How many of the due frames of its log it has, in step; or {@link APART}. */
  private taken = APART;
  private held: HeldFrame[] | undefined = [];
  private heldBytes = 0;
  /** The log stood here when holding began. */
  private heldSince: number;
  private isIncomplete = false;

  constructor(
    readonly connection: Connection,
    readonly log: LocalLog,
  ) {
    this.heldSince = log.isKnown ? log.seq : UNKNOWN;
  }

  is(role: Role): boolean {
    return (this.roles & role) !== 0;
  }

  get isLive(): boolean {
    return this.held === undefined;
  }

  /** The newest Seq that the client has or that is due to it, be it by a snapshot. */
  get after(): number {
    return this.taken === APART ? this.ownAfter : this.log.seq;
  }

  /** Writes what is due. */
  settle(): void {
    const { due } = this.log.audience;
    if (this.taken === APART || this.taken === due.count) return;
    const first = this.taken;
    this.taken = due.count;
    this.connection.writeShared(due, first);
  }

  /** Writes what is due, at the end of a turn: what comes next is due in another one. */
  take(due: DueFrames): void {
    if (this.taken === APART) return;
    const first = this.taken;
    this.taken = 0;
    if (first < due.count) this.connection.writeShared(due, first);
  }

  /** Stands apart from now on: has what was due, and is offered what comes. */
  leaveStep(): void {
    if (this.taken === APART) return;
    this.ownAfter = this.log.seq;
    this.settle();
    this.taken = APART;
    this.log.audience.apart.add(this);
  }

  /** Delivers a frame to a member that is not in step, or holds it back. Seq 0: no part of the log. */
  offer(seq: number, frame: Buffer): void {
    if (this.held === undefined) {
      this.deliver(seq, frame);
      this.fallIn();
    } else if (!this.isIncomplete) this.keep(this.held, { seq, frame });
  }

  /** Delivers a frame that was read from the log, to a member that is not live. */
  deliver(seq: number, frame: Buffer): void {
    if (seq !== 0) {
      if (seq <= this.ownAfter) return;
      this.ownAfter = seq;
    }
    this.connection.write(frame);
  }

  /** From now on frames are held back, if they are not already. */
  hold(): void {
    if (this.held === undefined) this.holdAnew();
  }

  /** Forgets what was held, and holds what comes from now on. */
  holdAnew(): void {
    this.leaveStep();
    this.held = [];
    this.heldBytes = 0;
    this.heldSince = this.log.isKnown ? this.log.seq : UNKNOWN;
    this.isIncomplete = false;
  }

  /** Keeps nothing: what comes is to be read from the log. */
  skip(): void {
    this.leaveStep();
    this.held = [];
    this.heldBytes = 0;
    this.isIncomplete = true;
  }

  /** The client has everything up to `seq`. */
  place(epoch: string, seq: number): void {
    this.leaveStep();
    // The same text as the log's, not one that came with this member's own answer.
    this.epoch = epoch === this.log.epoch ? this.log.epoch : epoch;
    this.ownAfter = seq;
    this.fallIn();
  }

  /** Delivers the held frames up to a Seq of the log, to one that was a member all along. */
  flush(upTo: number): void {
    const held = this.held ?? [];
    const later = held.findIndex(({ seq }) => seq > upTo);
    for (const { seq, frame } of held.splice(0, later < 0 ? held.length : later)) this.deliver(seq, frame);
  }

  /**
   * Delivers what was held, and from now on everything that comes.
   * @returns false, and nothing is changed, when the log is ahead and what lies between was not held: it has to be read.
   */
  goLive(): boolean {
    const { held, log } = this;
    if (held === undefined) return true;
    const isOfLog = log.epoch === this.epoch;
    if (isOfLog && log.seq > this.after && !this.covers(log)) return false;
    this.held = undefined;
    this.heldBytes = 0;
    // Of another epoch than the client is told of: the log finds out which holds, and tells.
    if (!isOfLog && log.isKnown) log.doubt();
    for (const { seq, frame } of held) if (isOfLog || seq === 0) this.deliver(seq, frame);
    this.fallIn();
    return true;
  }

  /** The log goes on in another epoch, or behind a hole: what was held is worth nothing. */
  logMoved(): void {
    if (this.held !== undefined) this.skip();
  }

  private fallIn(): void {
    if (this.held !== undefined || this.ownAfter !== this.log.seq) return;
    const { due, apart } = this.log.audience;
    this.taken = due.count;
    apart.delete(this);
  }

  private covers(log: LocalLog): boolean {
    const since = this.heldSince === UNKNOWN ? log.since : this.heldSince;
    return !this.isIncomplete && this.after >= since;
  }

  private keep(held: HeldFrame[], item: HeldFrame): void {
    held.push(item);
    this.heldBytes += item.frame.length;
    if (this.heldBytes > MAX_HELD_BYTES) this.skip();
  }
}
