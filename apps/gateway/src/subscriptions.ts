import type { ChannelsContract, ChannelTarget, LogHead } from '@parley/contracts';
import { AppError, LIMITS, type RequestPayload, type ServerFrameOf } from '@parley/protocol';
import type { ServiceClient } from '@parley/service-kit';
import type { CatchUp } from './catch-up.js';
import type { Connection } from './connection.js';
import { type Hub, membershipIn } from './hub.js';
import type { LogReader } from './log-reader.js';
import { type Membership, ROLE } from './membership.js';
import { resumedChannels } from './metrics.js';

/** Where a client says that it is in a channel. */
type Position = RequestPayload<'resume'>['channels'][number];
type ResumedChannel = ServerFrameOf<'resumed'>['resumed']['channels'][number];

/** A channel that a connection may read, and what is known of its log. */
interface Found {
  readonly channelUUID: string;
  head: LogHead | null;
}

/** The channels that a connection follows without having joined them, and their resumption after a reconnect. */
export class Subscriptions {
  constructor(
    private readonly channels: ServiceClient<ChannelsContract>,
    private readonly hub: Hub,
    private readonly reader: LogReader,
    private readonly catchUp: CatchUp,
  ) {}

  /** Follows a channel from its newest message on; one whose frames come already goes on where it is. */
  async subscribe(connection: Connection, target: ChannelTarget): Promise<ServerFrameOf<'subscribed'>> {
    const { user } = connection.signedIn();
    const head = await this.channels.ask('channels.open', { user, target });
    const { channelUUID } = head;
    refuseTooMany(connection, [channelUUID]);
    const isMember = membershipIn(connection, channelUUID) !== undefined;
    const found: Found = { channelUUID, head };
    const [membership] = await this.follow(connection, [found]);
    if (membership === undefined || found.head === null) throw new AppError('UNAVAILABLE');
    if (!isMember) membership.place(found.head.epoch, found.head.seq);
    membership.log.enter(found.head.epoch, found.head.seq);
    connection.afterAnswer(() => this.catchUp.goLive(membership));
    return {
      type: 'subscribed',
      subscribed: { channelUUID, epoch: membership.epoch, seq: membership.after },
    };
  }

  /** Follows a channel no longer; answered alike when it was not followed. */
  async unsubscribe(connection: Connection, target: ChannelTarget): Promise<ServerFrameOf<'unsubscribed'>> {
    const { user } = connection.signedIn();
    const channelUUID =
      target.channelUUID ?? (await this.channels.ask('channels.find', { user, target })).channelUUID;
    const membership = membershipIn(connection, channelUUID);
    if (membership !== undefined) this.hub.remove(membership, ROLE.subscribed);
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
    refuseTooMany(connection, channelUUIDs);
    const earlier = new Set(connection.memberships);
    const { heads } = await this.channels.ask('channels.heads', { user, channelUUIDs });
    const found = channelUUIDs.map((channelUUID, n): Found => ({ channelUUID, head: heads[n] ?? null }));
    const memberships = await this.follow(connection, found);
    try {
      return await this.bringUp(memberships, found, asked);
    } catch (error) {
      for (const membership of memberships) {
        if (membership === undefined) continue;
        if (earlier.has(membership)) connection.afterAnswer(() => this.catchUp.goLive(membership));
        else this.hub.remove(membership, ROLE.subscribed);
      }
      throw error;
    }
  }

  private async bringUp(
    memberships: readonly (Membership | undefined)[],
    found: readonly Found[],
    asked: ReadonlyMap<string, Position>,
  ): Promise<ResumedChannel[]> {
    const recovered: boolean[] = [];
    for (const [n, { channelUUID, head }] of found.entries())
      recovered.push(await this.bring(memberships[n], head, asked.get(channelUUID)!));
    // Read last: a channel that is there goes on while others are still brought up.
    return found.map(({ channelUUID }, n) => {
      const membership = memberships[n];
      resumedChannels.inc({ recovered: String(recovered[n]) });
      if (membership === undefined) return { channelUUID, recovered: false };
      return { channelUUID, epoch: membership.epoch, seq: membership.after, recovered: recovered[n]! };
    });
  }

  /** @returns whether the client has everything up to where the member is now. */
  private async bring(
    membership: Membership | undefined,
    head: LogHead | null,
    { epoch, seq }: Position,
  ): Promise<boolean> {
    if (membership === undefined || head === null) return false;
    membership.hold();
    membership.log.enter(head.epoch, head.seq);
    if (epoch === head.epoch && seq <= head.seq && seq + 1 >= head.first) {
      membership.place(epoch, seq);
      return this.catchUp.run(membership);
    }
    membership.place(head.epoch, head.seq);
    // Behind the answer: until then the client does not know that it counts from there.
    membership.connection.afterAnswer(() => this.catchUp.goLive(membership));
    return false;
  }

  /**
   * Members of the channels that were found, undefined for the others. A head that was told before this gateway heard the
   * log may be outrun by what nobody here has heard: it is asked for again.
   */
  private async follow(
    connection: Connection,
    found: readonly Found[],
  ): Promise<readonly (Membership | undefined)[]> {
    const unheard = found.filter(
      ({ channelUUID, head }) => head !== null && !this.hub.find(channelUUID)?.isKnown,
    );
    const before = new Set(connection.memberships);
    const added = await Promise.allSettled(
      found.map(({ channelUUID, head }) =>
        head === null ? undefined : this.hub.add(channelUUID, connection, ROLE.subscribed),
      ),
    );
    const memberships = added.map((result) => (result.status === 'fulfilled' ? result.value : undefined));
    try {
      const failed = added.find((result) => result.status === 'rejected');
      if (failed !== undefined) throw failed.reason;
      await this.askAgain(unheard);
    } catch (error) {
      for (const membership of memberships)
        if (membership !== undefined && !before.has(membership)) this.hub.remove(membership, ROLE.subscribed);
      throw error;
    }
    return memberships.map((membership, n) => {
      if (found[n]!.head !== null || membership === undefined) return membership;
      this.hub.remove(membership, ROLE.subscribed);
      return undefined;
    });
  }

  private async askAgain(unheard: readonly Found[]): Promise<void> {
    if (unheard.length === 0) return;
    const heads = await this.reader.check(unheard.map(({ channelUUID }) => channelUUID));
    for (const [n, channel] of unheard.entries()) channel.head = heads[n] ?? null;
  }
}

function refuseTooMany(connection: Connection, channelUUIDs: readonly string[]): void {
  const subscribed = connection.memberships.filter((membership) => membership.is(ROLE.subscribed));
  const all = new Set([...subscribed.map(({ log }) => log.id), ...channelUUIDs]);
  if (all.size > LIMITS.subscriptionsPerConnection) throw new AppError('LIMIT_REACHED');
}
