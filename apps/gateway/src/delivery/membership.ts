import type { LogId, LogPosition } from '@parley/contracts';
import type { Connection } from '../socket/connection.js';
import type { SharedFrames } from '../socket/shared-frames.js';

/** Why a connection is a member of a log: for one reason or several, it gets each frame once. */
export const ROLE = { joined: 1, subscribed: 2, inbox: 4 } as const;
export type Role = (typeof ROLE)[keyof typeof ROLE];

/**
 * What a membership does with the frames of its log; docs/architecture.md draws the states and the ways between them.
 * - holding: it keeps frames, while a request of its client or a page of the log is under way;
 * - skipping: it keeps notices only, because the log has more than it may hold: entries are read from the log later;
 * - live: it gets each frame on its own, because it is not level with the log;
 * - in step: it has all that the log has, and shares one buffer per turn with the others in step.
 */
const STATE = { holding: 0, skipping: 1, live: 2, inStep: 3 } as const;
type State = (typeof STATE)[keyof typeof STATE];

/** Bytes that are held for one member; above that, frames are read from the log. */
export const MAX_HELD_BYTES = 256 * 1024;
/** Holding began before it was known where the log stands. */
const UNKNOWN = -1;

/** What a membership needs of its log. */
export interface FollowedLog {
  readonly id: LogId;
  /** Undefined while the log's epoch is known by its tag only. */
  readonly epoch: string | undefined;
  /** Newest Seq that was delivered here. */
  readonly seq: number;
  /** Every frame above this Seq was delivered to those who were members at that time. */
  readonly since: number;
  /** Whether it is known where the log stands. */
  readonly isKnown: boolean;
  readonly audience: {
    /** The frames of this turn for the members in step. */
    readonly due: SharedFrames;
    readonly outOfStep: Set<Membership>;
  };
  /** Learns where the log stands, from an answer to a question that was asked when its Seq was `asked` here. */
  learn(head: LogPosition, asked: number): void;
  /** Resolves when nothing is being read to find out where the log stands. */
  settled(): Promise<void>;
}

interface HeldFrame {
  readonly seq: number;
  readonly frame: Buffer;
  readonly forCounters: boolean;
}

/**
 * One connection's place in one log. It misses nothing, gets nothing twice, and what it holds is bounded: a member that
 * lacks a part of what it should hold cannot go live before that part has been read from the log. What is due to a member
 * in step leaves when the turn ends or when anything else is written to its connection, whichever is first.
 */
export class Membership {
  /** The epoch in which `after` counts. A live member is always in the epoch of its log. */
  epoch = '';
  /** The partner by whom the client named a private channel, if it did. */
  recipientUUID: string | undefined = undefined;
  /** The user is no member of the group any more: nothing more is delivered. */
  isRemoved = false;
  /** Where the log stood when the user was last known to be a member of the group. */
  private confirmedAt: number | undefined;
  /** The newest removal of the user, where one arrived before that is known. */
  private removedAt = 0;
  private ownRoles = 0;
  private joinedById = false;
  private state: State = STATE.holding;
  private ownAfter = 0;
  private isFenced = false;
  /** In step: how many of the due frames of its log it has. */
  private dueTaken = 0;
  private held: HeldFrame[] | undefined = [];
  private heldBytes = 0;
  /** Where the log stood when holding began. */
  private heldSince: number;

  constructor(
    readonly connection: Connection,
    readonly log: FollowedLog,
  ) {
    this.heldSince = log.isKnown ? log.seq : UNKNOWN;
  }

  /** A sum of {@link ROLE}. */
  get roles(): number {
    return this.ownRoles;
  }

  is(role: Role): boolean {
    return (this.ownRoles & role) !== 0;
  }

  /** From now on there is one more reason. What is due goes by the reasons that there were. */
  addRole(role: Role): void {
    this.settle();
    this.ownRoles |= role;
  }

  /** From now on these reasons are none. What is due goes by the reasons that there were. */
  dropRoles(roles: number): void {
    this.settle();
    this.ownRoles &= ~roles;
  }

  /** The client joined by a request with an id: it counts Seqs, and is told of epochs as one that subscribed is. */
  get isJoinedById(): boolean {
    return this.joinedById;
  }

  set isJoinedById(is: boolean) {
    this.settle();
    this.joinedById = is;
  }

  /** Whether the client counts Seqs, and so is told where they continue. The demo's clients know no such frames. */
  get countsSeqs(): boolean {
    return this.is(ROLE.subscribed) || (this.joinedById && this.is(ROLE.joined));
  }

  /** Whether the client gets every frame of the log. One that joined without an id only moves past those that it does not know. */
  get getsAll(): boolean {
    return this.countsSeqs || this.is(ROLE.inbox);
  }

  /** Whether the client gets a frame that is, or is not, only for those who count Seqs. */
  gets(forCounters: boolean): boolean {
    return !forCounters || this.getsAll;
  }

  /** Whether frames go to the client as they arrive. */
  get isLive(): boolean {
    return this.state === STATE.live || this.state === STATE.inStep;
  }

  /** The newest Seq that the client has or that is due to it. A snapshot that it was sent counts. */
  get after(): number {
    return this.state === STATE.inStep ? this.log.seq : this.ownAfter;
  }

  /** Writes what is due. */
  settle(): void {
    const { due } = this.log.audience;
    if (this.state !== STATE.inStep || this.dueTaken === due.count) return;
    const first = this.dueTaken;
    this.dueTaken = due.count;
    this.connection.writeShared(due, first, !due.areMixed || this.getsAll);
  }

  /** Writes what is due at the end of a turn. The next frame is due in another buffer. */
  endTurn(due: SharedFrames): void {
    if (this.state !== STATE.inStep) return;
    const first = this.dueTaken;
    this.dueTaken = 0;
    if (first < due.count) this.connection.writeShared(due, first, !due.areMixed || this.getsAll);
  }

  /** Stays live outside the step: it gets what was due, and then each frame on its own. */
  fallOutOfStep(): void {
    if (this.state !== STATE.inStep) return;
    this.ownAfter = this.log.seq;
    this.settle();
    this.state = STATE.live;
    this.log.audience.outOfStep.add(this);
  }

  /** Delivers a frame to a member that is live, or holds it. Seq 0: a notice, which is not a part of the log. */
  offer(seq: number, frame: Buffer, forCounters = false): void {
    if (this.isLive) {
      // What follows a newer entry is newer than the snapshot as well.
      if (seq > this.ownAfter) this.isFenced = false;
      if (seq === 0 && this.isFenced) return;
      this.deliver(seq, frame, forCounters);
      this.fallIntoStep();
    } else if (this.state === STATE.holding || seq === 0) this.keep({ seq, frame, forCounters });
  }

  /**
   * The client joins: notices that were published before its snapshot are no news after it. They have no Seq, but the notice
   * of the join itself is published with the snapshot, and those that arrive before it are older.
   */
  fence(): void {
    this.fallOutOfStep();
    this.isFenced = true;
  }

  /** The notice of the client's own join arrives: those that were held are older than the snapshot. */
  passFence(): void {
    if (!this.isFenced) return;
    this.isFenced = false;
    this.held = this.held?.filter(({ seq }) => seq !== 0);
  }

  /** Notices are delivered as they arrive: nobody knows any more which are older than the snapshot. */
  liftFence(): void {
    this.isFenced = false;
    this.fallIntoStep();
  }

  /** Sends a frame, unless the client has it already. Past one that is not for it, it only moves. */
  deliver(seq: number, frame: Buffer, forCounters = false): void {
    if (seq !== 0) {
      if (seq <= this.ownAfter) return;
      this.ownAfter = seq;
    }
    if (this.gets(forCounters)) this.connection.write(frame);
  }

  /** The channels service found the user a member of the group where its log stood at `seq`. */
  confirm(seq: number): void {
    this.confirmedAt = seq;
    if (this.removedAt > seq) this.isRemoved = true;
    this.removedAt = 0;
  }

  /**
   * The entry `seq` says that the user is no member of the group any more. It does not concern one who has come back since.
   * @returns whether the membership is to end. Where it is not known yet what the user is, `confirm` says so.
   */
  remove(seq: number): boolean {
    if (this.confirmedAt === undefined) this.removedAt = seq;
    else if (seq > this.confirmedAt) this.isRemoved = true;
    return this.isRemoved;
  }

  /** Holds frames from now on. A member that is not live stays as it is. */
  hold(): void {
    if (this.isLive) this.startHolding();
  }

  /** Holds frames from now on, and forgets the entries that it held before. */
  startHolding(): void {
    this.fallOutOfStep();
    this.state = STATE.holding;
    this.forgetHeld();
    this.heldSince = this.log.isKnown ? this.log.seq : UNKNOWN;
  }

  /** Keeps no frames from now on: they are read from the log. */
  skip(): void {
    this.fallOutOfStep();
    this.state = STATE.skipping;
    this.forgetHeld();
  }

  /** The client has everything up to `seq`. */
  place(epoch: string, seq: number): void {
    this.fallOutOfStep();
    // The log's own string where they are equal, so that each member does not keep a copy.
    this.epoch = epoch === this.log.epoch ? this.log.epoch : epoch;
    this.ownAfter = seq;
    // The log may have lost what was above.
    if (this.confirmedAt !== undefined) this.confirmedAt = Math.min(this.confirmedAt, seq);
    this.fallIntoStep();
  }

  /** Delivers the held frames up to a Seq of the log; the later ones stay held. */
  deliverHeld(upTo: number): void {
    const held = this.held ?? [];
    const later = held.findIndex(({ seq }) => seq > upTo);
    for (const { seq, frame, forCounters } of held.splice(0, later < 0 ? held.length : later))
      this.deliver(seq, frame, forCounters);
  }

  /**
   * Delivers what was held, and from now on each frame as it arrives.
   * @returns false, with nothing changed, when the log is in another epoch, or ahead and the frames between were not held:
   *   then the log must be read.
   */
  goLive(): boolean {
    const { held, log } = this;
    if (held === undefined) return true;
    if (log.epoch !== this.epoch || !this.connectsTo(log)) return false;
    this.state = STATE.live;
    this.held = undefined;
    this.heldBytes = 0;
    for (const { seq, frame, forCounters } of held)
      if (seq !== 0 || !this.isFenced) this.deliver(seq, frame, forCounters);
    this.fallIntoStep();
    return true;
  }

  /** The log continues in another epoch or beyond a gap, so the held frames are of no use. */
  logMoved(): void {
    if (!this.isLive) this.skip();
  }

  private fallIntoStep(): void {
    if (this.state !== STATE.live || this.isFenced || this.ownAfter !== this.log.seq) return;
    const { due, outOfStep } = this.log.audience;
    this.state = STATE.inStep;
    this.dueTaken = due.count;
    outOfStep.delete(this);
  }

  /** Whether nothing is missing between the client and the log, and nothing that the client has was lost. */
  private connectsTo(log: FollowedLog): boolean {
    if (log.seq > this.after) return this.holdsAllUpTo(log);
    // A client beyond the log has a snapshot that is ahead of the log, or has entries that were lost while it skipped.
    return log.seq === this.after || this.state === STATE.holding;
  }

  private holdsAllUpTo(log: FollowedLog): boolean {
    const since = this.heldSince === UNKNOWN ? log.since : this.heldSince;
    return this.state === STATE.holding && this.after >= since;
  }

  private keep(item: HeldFrame): void {
    this.held!.push(item);
    this.heldBytes += item.frame.length;
    if (this.heldBytes > MAX_HELD_BYTES) this.skip();
  }

  /** The log has the entries. It does not have the notices: those are kept as long as they fit. */
  private forgetHeld(): void {
    const notices = (this.held ?? []).filter(({ seq }) => seq === 0);
    const bytes = notices.reduce((sum, { frame }) => sum + frame.length, 0);
    const fits = bytes <= MAX_HELD_BYTES;
    this.held = fits ? notices : [];
    this.heldBytes = fits ? bytes : 0;
  }
}

/** The memberships of a connection: the hub is the only one who adds to them. */
export const membershipsOf = (connection: Connection): readonly Membership[] =>
  connection.memberships as readonly Membership[];

/** The membership of a connection in a log, if it has one. */
export const membershipIn = (connection: Connection, id: LogId): Membership | undefined =>
  membershipsOf(connection).find(({ log }) => log.id === id);

/** Whether a membership still gets frames. */
export const isMember = ({ roles, isRemoved, connection }: Membership): boolean =>
  roles !== 0 && !isRemoved && connection.isOpen;
