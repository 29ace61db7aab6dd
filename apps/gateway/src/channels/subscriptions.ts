import { Inject, Injectable } from '@nestjs/common';
import {
  type ChannelsContract,
  type ChannelTarget,
  channelIdOf,
  type FollowedReply,
  type HeadsRequest,
  headFor,
  isRecoverable,
  type LogHead,
  type MemberRead,
} from '@parley/contracts';
import { AppError, LIMITS, type RequestPayload, type ServerFrameOf } from '@parley/protocol';
import { clientOf, type ServiceClient } from '@parley/service-kit';
import { type Followed, Follower } from '../delivery/follow.js';
import { Hub } from '../delivery/hub.js';
import { membershipIn, membershipsOf, ROLE } from '../delivery/membership.js';
import { resumedChannels } from '../metrics.js';
import { Gathering } from '../pacing/gathering.js';
import type { Connection } from '../socket/connection.js';
import { namedTarget } from './named-target.js';
import { PARTNER_WATCH, type PartnerWatch } from './partner-watch.js';

/** Most heads of one request; a connection that asks for more asks alone. */
const HEADS_PER_REQUEST = 256;

/** Where a client says that it is in a channel. */
type ClientPosition = RequestPayload<'resume'>['channels'][number];
type ResumedChannel = ServerFrameOf<'resumed'>['resumed']['channels'][number];

/** A channel that was asked for, and where its log stands; null if the user may not read it. */
interface Found {
  readonly followed: Followed;
  readonly head: LogHead | null;
  /** How far its members have read, where the channel shows that. */
  readonly reads?: readonly MemberRead[] | undefined;
}

/** The channels that a connection follows without joining them, and how it resumes them after a reconnect. */
@Injectable()
export class Subscriptions {
  private readonly heads: Gathering<HeadsRequest, readonly (FollowedReply | null)[]>;

  constructor(
    @Inject(clientOf('channels')) private readonly channels: ServiceClient<ChannelsContract>,
    private readonly hub: Hub,
    private readonly follower: Follower,
    @Inject(PARTNER_WATCH) private readonly partners: PartnerWatch,
  ) {
    this.heads = new Gathering<HeadsRequest, readonly (FollowedReply | null)[]>({
      deadlineMs: channels.deadlineMs,
      delays: true,
      ask: (asked, deadlineMs, settle) =>
        channels.askEach(
          'channels.headsAll',
          { asked },
          {
            ...{ deadlineMs, isRepeatable: true, count: asked.length },
            take: (place, outcome) => settle(place, 'heads' in outcome ? outcome.heads : outcome),
            whole: (reply) => reply.heads.map((heads) => ({ heads })),
          },
        ),
      sizeOf: ({ channelUUIDs }) => channelUUIDs.length,
      sizePerRequest: HEADS_PER_REQUEST,
    });
  }

  /** Follows a channel from its newest message on. A channel that is already followed continues where it is. */
  async subscribe(connection: Connection, target: ChannelTarget): Promise<ServerFrameOf<'subscribed'>> {
    const { user } = connection.signedIn();
    const channelUUID = channelIdOf(user.UUID, target);
    return this.follow(connection, [channelUUID], async ([channel]) => {
      const asked = { user, target: namedTarget(connection, target), namesPartner: true as const };
      const { reads, ...opened } = await this.channels.ask('channels.open', asked);
      channel!.beginAt(opened);
      if (opened.recipientUUID) this.partners.met(connection, opened.recipientUUID);
      channel!.recipientUUID = target.recipientUUID;
      if (channel!.isRemoved) throw new AppError('FORBIDDEN');
      return { type: 'subscribed', subscribed: { channelUUID, ...channel!.position, ...shown(reads) } };
    });
  }

  /** Follows a channel no longer. The answer is the same when it was not followed. */
  async unsubscribe(connection: Connection, target: ChannelTarget): Promise<ServerFrameOf<'unsubscribed'>> {
    const { user } = connection.signedIn();
    const channelUUID = channelIdOf(user.UUID, target);
    const membership = membershipIn(connection, channelUUID);
    if (membership !== undefined) this.hub.removeRole(membership, ROLE.subscribed);
    // Refused when the recipient does not exist.
    else if (target.channelUUID === undefined) await this.channels.ask('channels.find', { user, target });
    return { type: 'unsubscribed', unsubscribed: { channelUUID } };
  }

  /**
   * Follows channels from where the client is: sends what was missed in each, one channel after the other, and says for
   * each whether it was recovered. When it fails, nothing more is followed than before, and the client can ask again.
   */
  async resume(connection: Connection, positions: readonly ClientPosition[]): Promise<ResumedChannel[]> {
    const { user } = connection.signedIn();
    const asked = new Map(positions.map((position) => [position.channelUUID, position]));
    if (asked.size === 0) return [];
    const channelUUIDs = [...asked.keys()];
    return this.follow(connection, channelUUIDs, async (channels) => {
      const places = [...asked.values()];
      const epochs = places.map(({ epoch }) => epoch);
      const recipients = places.map((place) => namedTarget(connection, place).recipientUUID || null);
      const heads = await this.heads.request({ user, channelUUIDs, epochs, recipients });
      const found = channels.map((followed, n): Found => {
        const head = heads[n];
        followed.recipientUUID = places[n]!.recipientUUID;
        if (head?.recipientUUID) this.partners.met(connection, head.recipientUUID);
        return { followed, head: head ? headFor(epochs[n], head) : null, reads: head?.reads };
      });
      const recovered: boolean[] = [];
      for (const each of found) recovered.push(await recover(each, asked.get(each.followed.id)!));
      // Read last, because a channel that has caught up moves on while the others are still catching up.
      return found.map((each, n) => resumed(each, recovered[n]!));
    });
  }

  /** Subscribes to the channels before anything is asked about them, so that no message falls between the two. */
  private async follow<T>(
    connection: Connection,
    channelUUIDs: readonly string[],
    begin: (channels: readonly Followed[]) => Promise<T>,
  ): Promise<T> {
    refuseTooMany(connection, channelUUIDs);
    return this.follower.follow({ connection, role: ROLE.subscribed, logs: channelUUIDs }, begin);
  }
}

/** @returns whether the client has everything up to where it is now. */
async function recover({ followed, head }: Found, position: ClientPosition): Promise<boolean> {
  if (head === null) {
    followed.refuse();
    return false;
  }
  if (isRecoverable(position, head)) {
    followed.resumeAt(position, head);
    return followed.bringUp();
  }
  // It goes live after the answer: until then the client does not know that it counts from there.
  followed.restartAt(head, head);
  return false;
}

function resumed({ followed, head, reads }: Found, recovered: boolean): ResumedChannel {
  resumedChannels.inc({ recovered: String(recovered) });
  const channelUUID = followed.id;
  if (followed.isRemoved) return { channelUUID, recovered: false };
  if (head === null) return { channelUUID, recovered };
  return { channelUUID, ...followed.position, recovered, ...shown(reads) };
}

const shown = (reads: readonly MemberRead[] | undefined): { reads?: MemberRead[] } =>
  reads === undefined ? {} : { reads: [...reads] };

function refuseTooMany(connection: Connection, channelUUIDs: readonly string[]): void {
  const subscribed = membershipsOf(connection).filter((membership) => membership.is(ROLE.subscribed));
  const all = new Set([...subscribed.map(({ log }) => log.id), ...channelUUIDs]);
  if (all.size > LIMITS.subscriptionsPerConnection) throw new AppError('LIMIT_REACHED');
}
