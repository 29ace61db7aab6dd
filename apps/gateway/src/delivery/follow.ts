import { Injectable } from '@nestjs/common';
import { type LogHead, type LogId, type LogPage, type LogPosition, mayBeGroup } from '@parley/contracts';
import { AppError, CLOSE_CODES, type ServerFrameOf } from '@parley/protocol';
import { within } from '@parley/service-kit';
import type { Connection } from '../socket/connection.js';
import { textFrame } from '../socket/text-frame.js';
import { CatchUp } from './catch-up.js';
import { Hub } from './hub.js';
import { type LogListener, sharedWith } from './local-log.js';
import { PAGE_ENTRIES } from './log-reader.js';
import { type FollowedLog, isMember, type Membership, membershipIn, ROLE, type Role } from './membership.js';
import { type StepDeadline, StepKeeper } from './step-keeper.js';

/** Which logs a request follows, and what becomes of frames meanwhile. */
export interface FollowRequest {
  readonly connection: Connection;
  readonly role: Role;
  readonly logs: readonly LogId[];
  /**
   * Existing members hold their frames until the answer, as new ones always do. When the request fails, those frames go
   * out before the error. Without `holds`, existing members go on as they are; one that `begin` has restarted goes live
   * after the answer or the error.
   */
  readonly holds?: boolean;
  /** Another membership of the connection that the request may end: it holds its frames as well. */
  readonly alsoHold?: Membership | undefined;
}

/** Told that a connection gets nothing more of a group, of which its user is no member any more. */
export type RemovalListener = (connection: Connection, channelUUID: LogId) => void;

/** How long a log may take to find out where it continues, in milliseconds, before a member that waits for it tries again. */
const SETTLE_TIMEOUT_MS = 5_000;

/**
 * Lets connections follow logs without a gap and without a duplicate. The order is always the same: subscribe, hold the
 * frames, take a snapshot, place the client where the snapshot stands, answer, and go live after the answer with the
 * frames that are newer. When a request fails, nothing more is followed than before.
 *
 * Holding, placing and going live happen here and nowhere else.
 */
@Injectable()
export class Follower implements LogListener {
  private removal: RemovalListener | undefined;

  constructor(
    private readonly hub: Hub,
    private readonly catchUp: CatchUp,
    private readonly steps: StepKeeper,
  ) {
    hub.whenLogsMove(this);
  }

  /** Has the listener told of connections that are removed from a group. */
  whenRemoved(listener: RemovalListener): void {
    this.removal = listener;
  }

  /**
   * Follows logs for a request, whose `begin` takes the snapshots and says where the client begins in each log.
   * @throws AppError UNAVAILABLE when Redis does not confirm a subscription, and whatever `begin` throws.
   */
  async follow<T>(
    { connection, role, logs, holds = false, alsoHold }: FollowRequest,
    begin: (followed: readonly Followed[]) => Promise<T>,
  ): Promise<T> {
    const before = logs.map((id) => membershipIn(connection, id));
    const hadRole = new Set(before.filter((member) => member?.is(role)));
    const added = await Promise.allSettled(logs.map((id) => this.hub.addMember(id, connection, role)));
    const members = added.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    const held = alsoHold === undefined ? members : [...members, alsoHold];
    try {
      for (const result of added) if (result.status === 'rejected') throw result.reason;
      if (holds) for (const member of held) member.hold();
      const answer = await begin(
        members.map((member, n) => new Followed(member, role, before[n] === undefined, this, this.hub)),
      );
      for (const member of members) if (member.isRemoved) this.hub.endMembership(member);
      connection.afterAnswer(() => this.goLive(...held));
      return answer;
    } catch (error) {
      for (const member of members) {
        if (role === ROLE.joined) this.hub.forgetJoin(member);
        if (!hadRole.has(member)) this.hub.removeRole(member, role);
      }
      if (holds) await this.goLive(...held);
      else connection.afterAnswer(() => this.goLive(...held));
      throw error;
    }
  }

  /**
   * Ends a role once `tell` has told the service. Frames are held meanwhile: the client is not among those who see it
   * leave. When `tell` fails, nothing has changed. Without a member, there is nothing to hold.
   */
  async unfollow(member: Membership | undefined, role: Role, tell: () => Promise<void>): Promise<void> {
    member?.hold();
    try {
      await tell();
      if (member !== undefined) this.hub.removeRole(member, role);
    } finally {
      // It may have another role.
      if (member !== undefined) await this.goLive(member);
    }
  }

  /**
   * Sends what lies between a member and its log, then lets it go live. Where the log has turned or has a gap there, a client
   * that has its answer is told. Otherwise the answer tells, and the member goes live after it from where the log stands.
   * @param deadline runs while a page or the log is waited for. It begins again with each page that had frames.
   * @returns whether everything was there.
   * @throws AppError as {@link CatchUp.read}, and UNAVAILABLE when the log does not find out where it continues.
   */
  async bringUp(member: Membership, isAnswered: boolean, deadline?: StepDeadline): Promise<boolean> {
    const { log } = member;
    let isWhole = true;
    while (isMember(member) && !member.goLive()) {
      // Frames that arrive while a member is far behind are not kept: they are read when their turn comes.
      if (log.seq - member.after > PAGE_ENTRIES) member.skip();
      else member.startHolding();
      const asked = log.seq;
      const page = await this.catchUp.read(member);
      if (this.adopt(member, page, isAnswered)) await this.send(member, page, deadline);
      else isWhole = false;
      log.learn(page, asked);
      if (!isWhole && !isAnswered) break;
      if (log.epoch !== page.epoch || page.seq < asked) await settled(log);
    }
    return isWhole;
  }

  /**
   * Sends what lies between a member and a snapshot, which goes on holding. Where that cannot be read, or the log has turned once
   * more, the member is brought up after the answer.
   */
  async bringTo(member: Membership, { epoch, seq }: LogPosition): Promise<void> {
    const isThere = () => member.epoch === epoch && member.after >= seq;
    while (isMember(member) && !isThere()) {
      const { after } = member;
      const page = await this.catchUp.read(member).catch((error: unknown) => {
        if (error instanceof AppError) return undefined;
        throw error;
      });
      if (page?.epoch !== epoch) return;
      const frames = page.frames.filter((frame) => frame.seq <= seq);
      if (this.adopt(member, page, true)) await this.catchUp.send(member, { ...page, frames });
      if (member.after === after) return;
    }
  }

  logTurned(member: Membership, from: number): void {
    const { epoch = '' } = member.log;
    if (member.epoch !== epoch || member.after > from) turn(member, epoch, from);
  }

  logSkipped(member: Membership): void {
    skipTo(member, member.log.seq);
  }

  /** A client that was not brought up yet is told out of turn: nothing follows. */
  removed(member: Membership, entry: Buffer): void {
    const { connection, log, isLive, countsSeqs } = member;
    const { id } = log;
    this.hub.endMembership(member);
    if (!isLive && countsSeqs) connection.write(textFrame(entry));
    this.removal?.(connection, id);
  }

  /**
   * As `bringUp`, repeated until it works. A client for which it fails, or that gets no further for 30 s, must resume.
   * Never rejects.
   */
  async goLive(...members: readonly Membership[]): Promise<void> {
    const behind = members.filter((member) => isMember(member) && !member.goLive());
    const [first] = behind;
    if (first === undefined) return;
    const bringUp = async (deadline: StepDeadline) => {
      for (const member of behind) await this.bringUp(member, true, deadline);
    };
    const failure = {
      text: 'a member could not be brought up to its log',
      fields: { logs: behind.map(({ log }) => log.id) },
    };
    await this.steps.keep(first.connection, bringUp, failure);
  }

  /** A client that reads slowly, or not at all, has a limit of its own: the deadline stops for it. */
  private async send(member: Membership, page: LogPage, deadline?: StepDeadline): Promise<void> {
    if (page.frames.length === 0) return;
    deadline?.stop();
    try {
      await this.catchUp.send(member, page);
    } finally {
      deadline?.restart();
    }
  }

  /** Has a member continue in the log that a page is of. @returns whether the page follows what the client has. */
  private adopt(member: Membership, page: LogPage, isAnswered: boolean): boolean {
    const { epoch, after } = member;
    const from = sharedWith(page, after);
    const next = page.frames[0]?.seq ?? page.seq + 1;
    const isWhole = after <= from && next <= after + 1;
    if (!isWhole && !isAnswered) member.place(page.epoch, page.seq);
    else if (page.epoch !== epoch || after > from) turn(member, page.epoch, from);
    if (isAnswered && after <= from && !isWhole) skipTo(member, next - 1);
    return isWhole;
  }
}

/** What tells a client that the log of a channel has a new epoch, or has lost what is above `from`. */
const epochFrame = (channelEpoch: {
  channelUUID: string;
  epoch: string;
  from: number;
}): ServerFrameOf<'sys'> => ({
  type: 'sys',
  sys: { type: 'channelEpoch', channelEpoch },
});

/** The same of an inbox. */
const inboxEpochFrame = (inboxEpoch: { epoch: string; from: number }): ServerFrameOf<'sys'> => ({
  type: 'sys',
  sys: { type: 'inboxEpoch', inboxEpoch },
});

/** A member continues in an epoch, after `from` if it has more than that, and its client is told. */
function turn(member: Membership, epoch: string, from: number): void {
  const { connection, log } = member;
  if (member.countsSeqs) connection.tell(epochFrame({ channelUUID: log.id, epoch, from }));
  if (member.is(ROLE.inbox)) connection.tell(inboxEpochFrame({ epoch, from }));
  member.place(epoch, Math.min(member.after, from));
}

/**
 * A member continues after entries that the log no longer holds. A client that cannot be told must resume. So must one in a group:
 * nobody knows whether one of those entries has removed its user.
 */
function skipTo(member: Membership, seq: number): void {
  const { connection, log, epoch } = member;
  member.place(epoch, seq);
  if (member.countsSeqs)
    connection.tell({ type: 'subscribed', subscribed: { channelUUID: log.id, epoch, seq } });
  if (member.is(ROLE.inbox) || mayBeGroup(log.id)) connection.close(CLOSE_CODES.OUT_OF_STEP, 'resume');
}

async function settled(log: FollowedLog): Promise<void> {
  await within(SETTLE_TIMEOUT_MS, log.settled()).catch((cause: unknown) => {
    throw new AppError('UNAVAILABLE', { cause });
  });
}

/** One log that a request follows: where its client begins in it. */
export class Followed {
  /** Where the log stood here before it was asked. */
  private readonly asked: number;

  constructor(
    private readonly member: Membership,
    private readonly role: Role,
    /** Whether the connection was no member of the log before the request. */
    private readonly isNew: boolean,
    private readonly follower: Follower,
    private readonly hub: Hub,
  ) {
    this.asked = member.log.seq;
  }

  get id(): LogId {
    return this.member.log.id;
  }

  /** Where the client is: the newest Seq that it has or that is due to it. */
  get position(): LogPosition {
    return { epoch: this.member.epoch, seq: this.member.after };
  }

  /** The client begins where the log stands; one that was a member before keeps its place. */
  beginAt(head: LogPosition): void {
    if (this.isNew) this.member.place(head.epoch, head.seq);
    this.member.confirm(head.seq);
    this.member.log.learn(head, this.asked);
  }

  /**
   * The client begins with a snapshot. One that was a member before gets the frames up to it before the answer, also where the log
   * has turned: told of the epoch after the answer, it would take what it was answered for lost.
   */
  async beginWith(snapshot: LogPosition): Promise<void> {
    if (!this.isNew) {
      await this.hub.delivered(this.id, snapshot.seq);
      this.member.deliverHeld(snapshot.seq);
      await this.follower.bringTo(this.member, snapshot);
    }
    this.beginAt(snapshot);
  }

  /** The client begins at a position of its own or at the head, whatever it was sent before. */
  restartAt(position: LogPosition, head: LogPosition): void {
    this.member.hold();
    this.member.log.learn(head, this.asked);
    this.member.place(position.epoch, position.seq);
    this.member.confirm(head.seq);
  }

  /**
   * The client begins at a position of its own, which the log continues in its own epoch: what the client misses comes before
   * its answer, and the new epoch before that.
   */
  resumeAt({ epoch, seq }: LogPosition, head: LogHead): void {
    this.restartAt({ epoch: head.epoch, seq }, head);
    const { connection } = this.member;
    if (epoch !== head.epoch)
      connection.tell(epochFrame({ channelUUID: this.id, epoch: head.epoch, from: head.common }));
  }

  /** Whether the client of a join counts Seqs. */
  set isJoinedById(is: boolean) {
    this.member.isJoinedById = is;
  }

  /** The partner by whom the client names a private channel. A client that names none leaves the one that it named before. */
  set recipientUUID(partner: string | undefined) {
    if (partner) this.member.recipientUUID = partner;
  }

  /** No notice of the client's join follows: those of others are delivered as they arrive. */
  expectNoNotice(): void {
    this.hub.forgetJoin(this.member);
  }

  /** Whether the user was removed from the group since the channels service was asked. */
  get isRemoved(): boolean {
    return this.member.isRemoved;
  }

  /** Sends now what the client misses. @returns whether everything was there. */
  bringUp(): Promise<boolean> {
    return this.follower.bringUp(this.member, false);
  }

  /** The user may not follow this log. */
  refuse(): void {
    this.hub.removeRole(this.member, this.role);
  }
}
