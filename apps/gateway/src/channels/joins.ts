import {
  type ChannelJoined,
  type ChannelRef,
  type ChannelsContract,
  type ChannelTarget,
  channelIdOf,
} from '@parley/contracts';
import { AppError, CLOSE_CODES, LIMITS, type RequestPayload, type ServerFrameOf } from '@parley/protocol';
import type { Logger, ServiceClient } from '@parley/service-kit';
import type { CatchUp } from '../delivery/catch-up.js';
import { type Hub, membershipIn } from '../delivery/hub.js';
import { type Membership, ROLE } from '../delivery/membership.js';
import type { GatewayId } from '../gateway-id.js';
import { untilDone } from '../pacing/retry.js';
import type { Connection, JoinedChannel, Session } from '../socket/connection.js';
import { joinFrame, leaveFrame } from './channel-frames.js';
import { JoinBatcher } from './join-batcher.js';

/** What the rooms of a gateway depend on. */
export interface RoomsOptions {
  readonly gateway: GatewayId;
  /** Order of the messages in an answer to a join that names none. */
  readonly joinOrder: 'asc' | 'desc';
}

/** A join as a client asks for it. */
type JoinPayload = ChannelTarget & Pick<RequestPayload<'channelJoin'>, 'limit' | 'order'>;

/** Joining and leaving: the channels service decides, this keeps the local deliveries in step with it. */
export class Rooms {
  private readonly batcher: JoinBatcher;

  constructor(
    private readonly channels: ServiceClient<ChannelsContract>,
    private readonly hub: Hub,
    private readonly catchUp: CatchUp,
    private readonly options: RoomsOptions,
    private readonly logger: Logger,
  ) {
    this.batcher = new JoinBatcher(channels, options.gateway);
  }

  /**
   * Joins a channel and leaves the one that was joined. The order is what makes it lossless: subscribe, then
   * join, then answer with the snapshot, then deliver what came since. The frames of the channel that is left
   * are held meanwhile, so that a join that fails has changed nothing.
   */
  async join(connection: Connection, payload: JoinPayload): Promise<ServerFrameOf<'channelJoin'>> {
    const session = connection.signedIn();
    // Whether it may be joined is not known yet: until then nothing of it is delivered.
    const channelUUID = channelIdOf(session.userUUID, payload);
    const before = connection.joined;
    const again = before?.ref.channelUUID === channelUUID;
    // A member already, by an earlier join or a subscription: it goes on where it is.
    const isMember = membershipIn(connection, channelUUID) !== undefined;
    const membership = await this.hub.add(channelUUID, connection, ROLE.joined);
    membership.hold();
    before?.membership.hold();
    try {
      const joined = await this.ask(connection, session, channelUUID, payload);
      if (isMember) await this.flush(membership, joined);
      else membership.place(joined.epoch, joined.seq);
      membership.log.enter(joined.epoch, joined.seq);
      if (!again) this.enter(connection, { ref: toRef(joined), membership });
      // The earlier channel may be subscribed still.
      connection.afterAnswer(() => this.catchUp.goLive(membership, before?.membership));
      return joinFrame(joined);
    } catch (error) {
      if (!again) this.hub.remove(membership, ROLE.joined);
      await this.catchUp.goLive(membership, before?.membership);
      if (!again && error instanceof AppError && error.name === 'UNAVAILABLE')
        connection.afterAnswer(() => this.undoDoubtful(connection, session, payload));
      throw error;
    }
  }

  /** Leaves the named channel, if it is the one that is joined; answered either way. */
  async leave(connection: Connection, target: ChannelTarget): Promise<ServerFrameOf<'channelLeave'>> {
    const session = connection.signedIn();
    const { joined } = connection;
    const recipientUUID = target.recipientUUID ?? '';
    const frame = (recipient: string) => leaveFrame(connection, session, recipient);
    if (joined?.ref.channelUUID !== channelIdOf(session.userUUID, target)) return frame(recipientUUID);
    await this.leaveJoined(connection);
    return frame(joined.ref.recipientUUID);
  }

  /** Leaves whatever is joined. When it fails, it is still joined. */
  async leaveJoined(connection: Connection): Promise<void> {
    const { joined, session } = connection;
    if (joined === undefined || session === undefined) return;
    // Held: the sender is no longer among those who see it leave.
    joined.membership.hold();
    try {
      await this.askLeave(connection, session, joined.ref);
    } catch (error) {
      await this.catchUp.goLive(joined.membership);
      throw error;
    }
    this.hub.remove(joined.membership, ROLE.joined);
    connection.joined = undefined;
    // It may be subscribed still.
    await this.catchUp.goLive(joined.membership);
  }

  /** Leaves whatever is joined and ends all deliveries. When it fails, it can be done again. */
  async leaveAll(connection: Connection): Promise<void> {
    await this.leaveJoined(connection);
    this.silence(connection);
  }

  /** Ends all deliveries to a connection at once; the channels service is told by `leaveJoined`. */
  silence(connection: Connection): void {
    this.hub.removeAll(connection);
  }

  /** Notes a connection's channel again with a channels service that has forgotten this gateway. */
  async noteAgain(connection: Connection): Promise<void> {
    const { session, joined } = connection;
    if (session !== undefined && joined !== undefined)
      await this.ask(connection, session, joined.ref.channelUUID, {
        ...targetOfJoined(joined.ref),
        limit: 1,
      });
  }

  private ask(
    connection: Connection,
    session: Session,
    channelUUID: string,
    payload: JoinPayload,
  ): Promise<ChannelJoined> {
    const before = connection.joined?.ref;
    const { limit, order } = payload;
    const request = {
      key: connection.nextKey(),
      user: session.user,
      target: targetOf(payload),
      connection: this.nameOf(connection),
      leave: before?.channelUUID === channelUUID ? undefined : before,
      limit: limit ?? LIMITS.messagesOnJoin,
      order: order ?? this.options.joinOrder,
    };
    return this.batcher.join(request);
  }

  private askLeave(connection: Connection, session: Session, channel: ChannelRef): Promise<void> {
    return this.batcher.leave({ user: session.user, channel, connection: this.nameOf(connection) });
  }

  private enter(connection: Connection, joined: JoinedChannel): void {
    if (connection.joined !== undefined) this.hub.remove(connection.joined.membership, ROLE.joined);
    connection.joined = joined;
  }

  /** Joined anew: what the snapshot holds is delivered before the answer, for the connection was a member all along. */
  private async flush(membership: Membership, { channelUUID, seq }: ChannelJoined): Promise<void> {
    await this.hub.reached(channelUUID, seq);
    membership.flush(seq);
  }

  /**
   * A join whose answer did not come may have been done all the same, and may have left the earlier channel: both are
   * set right, as often as it takes. A connection for which that fails is ended.
   */
  private async undoDoubtful(connection: Connection, session: Session, target: ChannelTarget): Promise<void> {
    const undo = async (): Promise<void> => {
      const ref = await this.find(session, target);
      if (ref !== undefined) await this.askLeave(connection, session, ref);
      await this.noteAgain(connection);
    };
    await untilDone(undo).catch((error: unknown) => {
      const channelUUID = channelIdOf(session.userUUID, target);
      this.logger.warn({ err: error, channelUUID }, 'a doubtful join could not be undone');
      connection.close(CLOSE_CODES.OUT_OF_STEP, 'resume');
    });
  }

  /** The channel as members know it; undefined where there is none that could have been joined. */
  private async find({ user }: Session, target: ChannelTarget): Promise<ChannelRef | undefined> {
    try {
      return await this.channels.ask('channels.find', { user, target: targetOf(target) });
    } catch (error) {
      if (error instanceof AppError && !error.retryable) return undefined;
      throw error;
    }
  }

  private nameOf(connection: Connection) {
    return { gatewayId: this.options.gateway.current, SUUID: connection.id };
  }
}

const toRef = ({ channelUUID, recipientUUID }: ChannelRef): ChannelRef => ({ channelUUID, recipientUUID });

/** A private channel is named by its partner: it need not exist yet. */
const targetOfJoined = ({ channelUUID, recipientUUID }: ChannelRef) =>
  recipientUUID === '' ? { channelUUID } : { recipientUUID };

const targetOf = ({ recipientUUID, channelUUID }: ChannelTarget): ChannelTarget => ({
  recipientUUID,
  channelUUID,
});
