import {
  type ChannelsContract,
  type ChannelTarget,
  channelIdOf,
  type HeadsAsked,
  type LogHead,
} from '@parley/contracts';
import { AppError, LIMITS, type RequestPayload, type ServerFrameOf } from '@parley/protocol';
import type { ServiceClient } from '@parley/service-kit';
import type { CatchUp } from '../delivery/catch-up.js';
import { type Hub, membershipIn } from '../delivery/hub.js';
import { type Membership, ROLE } from '../delivery/membership.js';
import { resumedChannels } from '../metrics.js';
import { Gathering } from '../pacing/gathering.js';
import type { Connection } from '../socket/connection.js';

/** Heads of one request at most; a connection that asks for more of them asks alone. */
const HEADS_PER_REQUEST = 256;

/** Where a client says that it is in a channel. */
type Position = RequestPayload<'resume'>['channels'][number];
type ResumedChannel = ServerFrameOf<'resumed'>['resumed']['channels'][number];

/** A channel that was asked for, and where its log stands; null where it is not the user's to read. */
interface Found {
  readonly member: Membership;
  readonly head: LogHead | null;
}

/** The channels that a connection follows without having joined them, and their resumption after a reconnect. */
export class Subscriptions {
  private readonly heads: Gathering<HeadsAsked, readonly (LogHead | null)[]>;

  constructor(
    private readonly channels: ServiceClient<ChannelsContract>,
    private readonly hub: Hub,
    private readonly catchUp: CatchUp,
  ) {
    this.heads = new Gathering<HeadsAsked, readonly (LogHead | null)[]>({
      deadlineMs: channels.deadlineMs,
      rests: true,
      ask: async (asked, deadlineMs) =>
        (await channels.ask('channels.headsAll', { asked }, { deadlineMs })).heads,
      sizeOf: ({ channelUUIDs }) => channelUUIDs.length,
      sizePerRequest: HEADS_PER_REQUEST,
    });
  }

  /** Follows a channel from its newest message on; one whose frames come already goes on where it is. */
  async subscribe(connection: Connection, target: ChannelTarget): Promise<ServerFrameOf<'subscribed'>> {
    const { user } = connection.signedIn();
    const channelUUID = channelIdOf(user.UUID, target);
    const isMember = membershipIn(connection, channelUUID) !== undefined;
    return this.following(connection, [channelUUID], async ([member]) => {
      const { epoch, seq } = await this.channels.ask('channels.open', { user, target });
      if (!isMember) member!.place(epoch, seq);
      member!.log.enter(epoch, seq);
      connection.afterAnswer(() => this.catchUp.goLive(member));
      return {
        type: 'subscribed',
        subscribed: { channelUUID, epoch: member!.epoch, seq: member!.after },
      };
    });
  }

  /** Follows a channel no longer; answered alike when it was not followed. */
  async unsubscribe(connection: Connection, target: ChannelTarget): Promise<ServerFrameOf<'unsubscribed'>> {
    const { user } = connection.signedIn();
    const channelUUID = channelIdOf(user.UUID, target);
    const membership = membershipIn(connection, channelUUID);
    if (membership !== undefined) this.hub.remove(membership, ROLE.subscribed);
    // Refused where nobody is named by it.
    else if (target.channelUUID === undefined) await this.channels.ask('channels.find', { user, target });
    return { type: 'unsubscribed', unsubscribed: { channelUUID } };
  }

  /**
   * Follows channels from where the client is: sends what was missed in each, one channel after the other, and says what
   * became of each. When it fails, nothing more is followed than before, and it can be asked again.
   */
  async resume(connection: Connection, positions: readonly Position[]): Promise<ResumedChannel[]> {
    const { user } = connection.signedIn();
    const asked = new Map(positions.map((position) => [position.channelUUID, position]));
    if (asked.size === 0) return [];
    const channelUUIDs = [...asked.keys()];
    return this.following(connection, channelUUIDs, async (members) => {
      const heads = await this.heads.add({ user, channelUUIDs });
      const found = members.map((member, n): Found => ({ member, head: heads[n] ?? null }));
      const recovered: boolean[] = [];
      for (const each of found) recovered.push(await this.bring(each, asked.get(each.member.log.id)!));
      // Read last: a channel that is there goes on while others are still brought up.
      return found.map((each, n) => resumed(each, recovered[n]!));
    });
  }

  /** @returns whether the client has everything up to where the member is now. */
  private async bring({ member, head }: Found, { epoch, seq }: Position): Promise<boolean> {
    if (head === null) {
      this.hub.remove(member, ROLE.subscribed);
      return false;
    }
    member.hold();
    member.log.enter(head.epoch, head.seq);
    if (epoch === head.epoch && seq <= head.seq && seq + 1 >= head.first) {
      member.place(epoch, seq);
      return this.catchUp.run(member);
    }
    member.place(head.epoch, head.seq);
    // Behind the answer: until then the client does not know that it counts from there.
    member.connection.afterAnswer(() => this.catchUp.goLive(member));
    return false;
  }

  /**
   * Follows channels and then finds out where they stand, so that nothing is published in between that is not heard. Until
   * then it is not known either whether the user may read them: nothing is delivered. When `enter` fails, nothing
   * more is followed than before.
   */
  private async following<T>(
    connection: Connection,
    channelUUIDs: readonly string[],
    enter: (members: readonly Membership[]) => Promise<T>,
  ): Promise<T> {
    refuseTooMany(connection, channelUUIDs);
    const earlier = new Set(connection.memberships.filter((member) => member.is(ROLE.subscribed)));
    const added = await Promise.allSettled(
      channelUUIDs.map((channelUUID) => this.hub.add(channelUUID, connection, ROLE.subscribed)),
    );
    const members = added.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
    try {
      for (const result of added) if (result.status === 'rejected') throw result.reason;
      return await enter(members);
    } catch (error) {
      for (const member of members) {
        if (!earlier.has(member)) this.hub.remove(member, ROLE.subscribed);
        connection.afterAnswer(() => this.catchUp.goLive(member));
      }
      throw error;
    }
  }
}

function resumed({ member, head }: Found, recovered: boolean): ResumedChannel {
  resumedChannels.inc({ recovered: String(recovered) });
  const channelUUID = member.log.id;
  if (head === null) return { channelUUID, recovered };
  return { channelUUID, epoch: member.epoch, seq: member.after, recovered };
}

function refuseTooMany(connection: Connection, channelUUIDs: readonly string[]): void {
  const subscribed = connection.memberships.filter((membership) => membership.is(ROLE.subscribed));
  const all = new Set([...subscribed.map(({ log }) => log.id), ...channelUUIDs]);
  if (all.size > LIMITS.subscriptionsPerConnection) throw new AppError('LIMIT_REACHED');
}
