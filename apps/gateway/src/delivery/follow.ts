import { Inject, Injectable } from '@nestjs/common';
import type { LogId, LogPosition } from '@parley/contracts';
import { CLOSE_CODES } from '@parley/protocol';
import { LOGGER, type Logger } from '@parley/service-kit';
import { retryUntilDone } from '../pacing/retry.js';
import type { Connection } from '../socket/connection.js';
import { CatchUp } from './catch-up.js';
import { Hub } from './hub.js';
import type { LogListener } from './local-log.js';
import { isMember, type Membership, membershipIn, ROLE, type Role } from './membership.js';

/** A member that lacks no more entries than this, which is one page, holds new frames while they are read. */
export const PAGE_ENTRIES = 100;

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

/** Begins in an inbox that has moved. @returns the frame that tells the client. */
type Reopen = (connection: Connection, inbox: Followed) => Promise<object>;

/**
 * Lets connections follow logs without a gap and without a duplicate. The order is always the same: subscribe, hold the
 * frames, take a snapshot, place the client where the snapshot stands, answer, and go live after the answer with the
 * frames that are newer. When a request fails, nothing more is followed than before.
 *
 * Holding, placing and going live happen here and nowhere else.
 */
@Injectable()
export class Follower implements LogListener {
  private reopen: Reopen | undefined;

  constructor(
    private readonly hub: Hub,
    private readonly catchUp: CatchUp,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    hub.whenLogsMove(this);
  }

  /** Has `reopen` called for each member whose inbox continues in another epoch, or after a gap. */
  whenInboxMoves(reopen: Reopen): void {
    this.reopen = reopen;
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
      connection.afterAnswer(() => this.goLive(...held));
      return answer;
    } catch (error) {
      for (const member of members) if (!hadRole.has(member)) this.hub.removeRole(member, role);
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
   * Sends what lies between a member and its log, then lets it go live.
   * @returns whether everything was there. Otherwise the member continues from the log's position.
   * @throws AppError as {@link CatchUp.sendPage}.
   */
  async bringUp(member: Membership): Promise<boolean> {
    let isWhole = true;
    while (isMember(member) && !member.goLive()) {
      // Frames that arrive while a member is far behind are not kept: they are read when their turn comes.
      if (member.log.seq - member.after > PAGE_ENTRIES) member.skip();
      else member.startHolding();
      const head = await this.catchUp.sendPage(member);
      if (head === undefined) continue;
      member.place(head.epoch, head.seq);
      member.log.learnHead(head.epoch, head.seq);
      isWhole = false;
    }
    return isWhole;
  }

  /** A live member's log continues in another epoch or after a gap. The member follows it, and its client is told. */
  logMoved(member: Membership): void {
    const { connection, log } = member;
    const { epoch = '', seq } = log;
    member.place(epoch, seq);
    if (member.is(ROLE.subscribed))
      connection.tell({ type: 'subscribed', subscribed: { channelUUID: log.id, epoch, seq } });
    if (member.is(ROLE.inbox)) this.restartInbox(member);
  }

  /** Redis has lost the log whole: clients that count in it must come again, the others see what is new. */
  logLost(member: Membership): void {
    member.place('', 0);
    if (member.is(ROLE.subscribed) || member.is(ROLE.inbox))
      member.connection.close(CLOSE_CODES.OUT_OF_STEP, 'resume');
  }

  /** As `bringUp`, repeated until it works; a client for which it fails must resume. Never rejects. */
  async goLive(...members: readonly Membership[]): Promise<void> {
    for (const member of members) {
      if (!isMember(member) || member.goLive()) continue;
      const isWhole = await retryUntilDone(() => this.bringUp(member)).catch((error: unknown) => {
        this.logger.warn({ err: error, log: member.log.id }, 'a member could not be brought up to its log');
        return false;
      });
      if (!isWhole) member.connection.close(CLOSE_CODES.OUT_OF_STEP, 'resume');
    }
  }

  /** Tells a client, unasked, that its inbox is another one now: reload it. If that fails, the client must resume. */
  private restartInbox(member: Membership): void {
    const { connection } = member;
    member.hold();
    connection.enqueue(async () => {
      try {
        await retryUntilDone(() => this.reopenInbox(member));
      } catch (error) {
        connection.close(CLOSE_CODES.OUT_OF_STEP, 'resume');
        throw error;
      }
    });
  }

  private async reopenInbox(member: Membership): Promise<void> {
    if (this.reopen === undefined || !isMember(member) || !member.is(ROLE.inbox)) return;
    const inbox = new Followed(member, ROLE.inbox, false, this, this.hub);
    member.connection.tell(await this.reopen(member.connection, inbox));
    await this.goLive(member);
  }
}

/** One log that a request follows: where its client begins in it. */
export class Followed {
  constructor(
    private readonly member: Membership,
    private readonly role: Role,
    /** Whether the connection was no member of the log before the request. */
    private readonly isNew: boolean,
    private readonly follower: Follower,
    private readonly hub: Hub,
  ) {}

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
    this.member.log.learnHead(head.epoch, head.seq);
  }

  /** The client begins with a snapshot. One that was a member before gets the frames up to it before the answer. */
  async beginWith(snapshot: LogPosition): Promise<void> {
    if (!this.isNew) {
      await this.hub.delivered(this.id, snapshot.seq);
      this.member.deliverHeld(snapshot.seq);
    }
    this.beginAt(snapshot);
  }

  /** The client begins at a position of its own or at the head, whatever it was sent before. */
  restartAt(position: LogPosition, head: LogPosition): void {
    this.member.hold();
    this.member.log.learnHead(head.epoch, head.seq);
    this.member.place(position.epoch, position.seq);
  }

  /** Sends now what the client misses. @returns whether everything was there. */
  bringUp(): Promise<boolean> {
    return this.follower.bringUp(this.member);
  }

  /** The user may not follow this log. */
  refuse(): void {
    this.hub.removeRole(this.member, this.role);
  }
}
