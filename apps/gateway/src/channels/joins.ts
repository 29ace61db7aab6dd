import { Inject, Injectable } from '@nestjs/common';
import {
  type ChannelRef,
  type ChannelsContract,
  type ChannelTarget,
  channelIdOf,
  type JoinReply,
  mayBeGroup,
} from '@parley/contracts';
import { AppError, LIMITS, type RequestPayload, type ServerFrameOf } from '@parley/protocol';
import { clientOf, LOGGER, type Logger, type ServiceClient } from '@parley/service-kit';
import { Follower } from '../delivery/follow.js';
import { Hub } from '../delivery/hub.js';
import { membershipIn, ROLE } from '../delivery/membership.js';
import { StepKeeper } from '../delivery/step-keeper.js';
import { GatewayId } from '../gateway-id.js';
import { retryUntilDone } from '../pacing/retry.js';
import type { Connection, Session } from '../socket/connection.js';
import { joinFrame, leaveFrame } from './channel-frames.js';
import { JoinBatcher } from './join-batcher.js';
import { namedTarget } from './named-target.js';
import { PARTNER_WATCH, type PartnerWatch } from './partner-watch.js';

/** Injection token of the order of the messages in an answer to a join that names none. */
export const JOIN_ORDER = Symbol('join order');
export type JoinOrder = 'asc' | 'desc';

/** A join as a client asks for it. */
type JoinPayload = ChannelTarget & Pick<RequestPayload<'channelJoin'>, 'limit' | 'order'>;

/** Joining and leaving: the channels service decides, and the local deliveries follow its decision. */
@Injectable()
export class Joins {
  constructor(
    @Inject(clientOf('channels')) private readonly channels: ServiceClient<ChannelsContract>,
    private readonly batcher: JoinBatcher,
    private readonly hub: Hub,
    private readonly follower: Follower,
    private readonly steps: StepKeeper,
    private readonly gateway: GatewayId,
    @Inject(PARTNER_WATCH) private readonly partners: PartnerWatch,
    @Inject(JOIN_ORDER) private readonly defaultOrder: JoinOrder,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {
    follower.whenRemoved((connection, channelUUID) => this.removed(connection, channelUUID));
  }

  /**
   * Joins a channel and leaves the one that was joined, whose frames are held meanwhile: a join that fails changes
   * nothing.
   * @param hasId whether the client gave the request an id: then it counts Seqs, and is told where they continue.
   */
  async join(
    connection: Connection,
    payload: JoinPayload,
    hasId = false,
  ): Promise<ServerFrameOf<'channelJoin'>> {
    const session = connection.signedIn();
    const channelUUID = channelIdOf(session.userUUID, payload);
    const before = connection.joined;
    const isJoined = before?.channelUUID === channelUUID;
    const alsoHold = before && membershipIn(connection, before.channelUUID);
    const request = { connection, role: ROLE.joined, logs: [channelUUID], holds: true, alsoHold };
    return this.follower.follow(request, async ([channel]) => {
      const joined = await this.ask(connection, session, channelUUID, payload).catch((error: unknown) => {
        // Only here: a join that failed before it was sent leaves nothing to undo.
        if (!isJoined && error instanceof AppError && error.name === 'UNAVAILABLE')
          connection.afterAnswer(() => this.undoDoubtful(connection, session, payload));
        throw error;
      });
      await channel!.beginWith(joined);
      if (channel!.isRemoved) {
        connection.afterAnswer(() => this.undo(connection, session, joined));
        throw new AppError('FORBIDDEN');
      }
      if (joined.isNoted === false) channel!.expectNoNotice();
      channel!.isJoinedById = hasId;
      if (!isJoined) this.replaceJoined(connection, joined);
      return joinFrame(joined);
    });
  }

  /** Leaves the named channel, if it is the one that is joined; answered either way. */
  async leave(connection: Connection, target: ChannelTarget): Promise<ServerFrameOf<'channelLeave'>> {
    const session = connection.signedIn();
    const { joined } = connection;
    const { recipientUUID = '' } = target;
    const channelUUID = channelIdOf(session.userUUID, target);
    if (joined?.channelUUID !== channelUUID)
      return leaveFrame(connection, session, { channelUUID, recipientUUID });
    const connections = await this.leaveJoined(connection);
    return leaveFrame(connection, session, joined, connections);
  }

  /**
   * Leaves the channel that is joined, if any. When that fails, it is still joined.
   * @returns how many other connections of the user are still joined, if that is known.
   */
  async leaveJoined(connection: Connection): Promise<number | undefined> {
    const { joined, session } = connection;
    if (joined === undefined || session === undefined) return undefined;
    let connections: number | undefined;
    await this.follower.unfollow(membershipIn(connection, joined.channelUUID), ROLE.joined, async () => {
      connections = await this.askLeave(connection, session, joined);
      connection.leaveChannel();
    });
    return connections;
  }

  /** Leaves the channel that is joined, and ends all deliveries. When that fails, it can be done again. */
  async leaveAll(connection: Connection): Promise<void> {
    await this.leaveJoined(connection);
    this.silence(connection);
  }

  /** Ends all deliveries to a connection at once. `leaveJoined` tells the channels service. */
  silence(connection: Connection): void {
    this.hub.endAll(connection);
  }

  /** Notes a connection's channel again with a channels service that has forgotten this gateway. */
  async noteAgain(connection: Connection): Promise<void> {
    const { session, joined } = connection;
    if (session === undefined || joined === undefined) return;
    const target = { ...targetOfJoined(joined), limit: 1 };
    await this.ask(connection, session, joined.channelUUID, target, true).catch((error: unknown) => {
      if (!(error instanceof AppError && mayBeGroup(joined.channelUUID)) || error.retryable) throw error;
      // Removed from the group meanwhile: the entry that says so ends the deliveries.
      connection.leaveChannel();
    });
  }

  /** A connection that has joined a group leaves it when its user is removed. Its client is told as by an answer to a leave. */
  private removed(connection: Connection, channelUUID: string): void {
    const isJoined = () =>
      connection.joined?.channelUUID === channelUUID &&
      membershipIn(connection, channelUUID)?.is(ROLE.joined) !== true;
    if (!isJoined()) return;
    connection.enqueue(async () => {
      const { session, joined } = connection;
      if (session === undefined || joined === undefined || !isJoined()) return;
      const leave = async () => {
        const connections = await this.leaveJoined(connection);
        connection.tell(leaveFrame(connection, session, joined, connections));
      };
      const { channelUUID } = joined;
      const failure = { text: 'a group could not be left after a removal', fields: { channelUUID } };
      await this.steps.keep(connection, leave, failure);
    });
  }

  private ask(
    connection: Connection,
    session: Session,
    channelUUID: string,
    payload: JoinPayload,
    again?: true,
  ): Promise<JoinReply> {
    const before = connection.joined;
    const { limit, order } = payload;
    const request = {
      key: connection.nextKey(),
      user: session.user,
      target: namedTarget(connection, payload),
      connection: this.nameOf(connection),
      leave: before?.channelUUID === channelUUID ? undefined : before,
      again,
      limit: limit ?? LIMITS.messagesOnJoin,
      order: order ?? this.defaultOrder,
    };
    return this.batcher.join(request);
  }

  private askLeave(
    connection: Connection,
    session: Session,
    channel: ChannelRef,
  ): Promise<number | undefined> {
    return this.batcher.leave({ user: session.user, channel, connection: this.nameOf(connection) });
  }

  private replaceJoined(connection: Connection, { channelUUID, recipientUUID }: ChannelRef): void {
    const before = connection.joined && membershipIn(connection, connection.joined.channelUUID);
    if (before !== undefined) this.hub.removeRole(before, ROLE.joined);
    connection.joinChannel({ channelUUID, recipientUUID });
    if (recipientUUID !== '') this.partners.met(connection, recipientUUID);
  }

  /**
   * A join whose answer did not arrive may have been done all the same, and may have left the earlier channel: both are
   * set right, or the connection is closed.
   */
  private undoDoubtful(connection: Connection, session: Session, target: ChannelTarget): Promise<void> {
    return this.undoWith(connection, channelIdOf(session.userUUID, target), async () => {
      const ref = await this.find(connection, session, target);
      if (ref !== undefined) await this.askLeave(connection, session, ref);
    });
  }

  /** A join that was done, although the user was removed from the group meanwhile. It has left the earlier channel. */
  private undo(connection: Connection, session: Session, joined: ChannelRef): Promise<void> {
    return this.undoWith(connection, joined.channelUUID, async () => {
      await this.askLeave(connection, session, joined);
    });
  }

  /** Nobody else leaves the channel of that join when the connection ends: so this goes on, although nothing waits for it. */
  private async undoWith(
    connection: Connection,
    channelUUID: string,
    leave: () => Promise<void>,
  ): Promise<void> {
    const undo = async () => {
      await leave();
      await this.noteAgain(connection);
    };
    const failure = { text: 'a doubtful join could not be undone', fields: { channelUUID } };
    if (await this.steps.keep(connection, undo, failure)) return;
    void retryUntilDone(leave).catch((err: unknown) =>
      this.logger.warn({ err, channelUUID }, 'the channel of a doubtful join could not be left'),
    );
  }

  /** The channel as members know it; undefined if there is none that could have been joined. */
  private async find(
    connection: Connection,
    { user }: Session,
    target: ChannelTarget,
  ): Promise<ChannelRef | undefined> {
    try {
      return await this.channels.ask('channels.find', { user, target: namedTarget(connection, target) });
    } catch (error) {
      if (error instanceof AppError && !error.retryable) return undefined;
      throw error;
    }
  }

  private nameOf(connection: Connection) {
    return { gatewayId: this.gateway.current, SUUID: connection.id };
  }
}

/** A private channel is named by its partner: it need not exist yet. */
const targetOfJoined = ({ channelUUID, recipientUUID }: ChannelRef) =>
  recipientUUID === '' ? { channelUUID } : { recipientUUID };
