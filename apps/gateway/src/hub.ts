import { fanOutChannel } from '@parley/contracts';
import { AppError } from '@parley/protocol';
import type { Logger } from '@parley/service-kit';
import type { Connection } from './connection.js';
import { fanOut } from './fan-out.js';
import { Membership } from './membership.js';
import { openChannels } from './metrics.js';
import type { Subscriber } from './subscriber.js';
import { within } from './within.js';

/** How long a subscription may take, in milliseconds, before a join is refused. */
const SUBSCRIBE_TIMEOUT_MS = 5_000;
/** Longest wait for a published frame to come by, in milliseconds: pub/sub alone may lose it. */
const REACH_TIMEOUT_MS = 1_000;

interface Waiter {
  readonly seq: number;
  resolve: () => void;
}

/** A channel with local members. */
interface LocalChannel {
  readonly members: Set<Membership>;
  readonly subscribed: Promise<void>;
  /** Newest Seq that came by, or that a member's snapshot held. */
  seq: number;
  waiters: Waiter[];
}

export interface HubOptions {
  readonly prefix: string;
  readonly maxBufferedBytes: number;
}

/**
 * Local connections by channel. There is one Redis subscription for each channel that has local members, and
 * none for any other: subscribed when the first comes, unsubscribed when the last goes. Redis takes both in
 * the order in which they were sent, so a quick leave and join ends subscribed.
 */
export class Hub {
  private readonly channels = new Map<string, LocalChannel>();

  constructor(
    private readonly subscriber: Subscriber,
    private readonly options: HubOptions,
    private readonly logger: Logger,
  ) {}

  /** Channels with local members. */
  get size(): number {
    return this.channels.size;
  }

  /**
   * Makes a connection a member that holds its frames back until it is released. Resolves when everything
   * published from then on comes here.
   * @throws AppError UNAVAILABLE when Redis does not confirm the subscription; then nothing is changed.
   */
  async add(channelUUID: string, connection: Connection): Promise<Membership> {
    const channel = this.channels.get(channelUUID) ?? this.open(channelUUID);
    const membership = new Membership(connection, channelUUID, this.options.maxBufferedBytes);
    channel.members.add(membership);
    try {
      await within(SUBSCRIBE_TIMEOUT_MS, channel.subscribed);
      return membership;
    } catch (error) {
      this.remove(membership);
      throw new AppError('UNAVAILABLE', { cause: error });
    }
  }

  /** Nothing more is delivered to this member. Removing one that is gone changes nothing. */
  remove(membership: Membership): void {
    const channel = this.channels.get(membership.channelUUID);
    if (!channel?.members.delete(membership) || channel.members.size > 0) return;
    this.channels.delete(membership.channelUUID);
    openChannels.dec();
    for (const { resolve } of channel.waiters) resolve();
    this.subscriber
      .unsubscribe(this.channelName(membership.channelUUID))
      .catch((error: unknown) => this.logger.warn({ err: error }, 'could not unsubscribe'));
  }

  /** Tells that frames up to `seq` need not come by: a snapshot holds them. */
  noteSnapshot(channelUUID: string, seq: number): void {
    const channel = this.channels.get(channelUUID);
    if (channel !== undefined) this.advance(channel, seq);
  }

  /** Resolves when the frame with `seq` has been delivered here, or is not to be waited for any longer. */
  async reached(channelUUID: string, seq: number): Promise<void> {
    const channel = this.channels.get(channelUUID);
    if (channel === undefined || channel.seq >= seq) return;
    const waiter: Waiter = { seq, resolve: () => undefined };
    const arrival = new Promise<void>((resolve) => {
      waiter.resolve = resolve;
    });
    channel.waiters.push(waiter);
    await within(REACH_TIMEOUT_MS, arrival).catch(() => {
      channel.waiters = channel.waiters.filter((other) => other !== waiter);
      this.logger.warn({ channelUUID, seq }, 'a published frame did not come by');
    });
  }

  private receive(channel: LocalChannel, published: Buffer): void {
    try {
      this.advance(channel, fanOut(published, channel.members));
    } catch (error) {
      this.logger.error({ err: error }, 'a published frame could not be read');
    }
  }

  private advance(channel: LocalChannel, seq: number): void {
    if (seq <= channel.seq) return;
    channel.seq = seq;
    if (channel.waiters.length === 0) return;
    for (const waiter of channel.waiters) if (waiter.seq <= seq) waiter.resolve();
    channel.waiters = channel.waiters.filter((waiter) => waiter.seq > seq);
  }

  private open(channelUUID: string): LocalChannel {
    const subscribed = this.subscriber.subscribe(this.channelName(channelUUID), (published) =>
      this.receive(channel, published),
    );
    const channel: LocalChannel = { members: new Set(), subscribed, seq: 0, waiters: [] };
    this.channels.set(channelUUID, channel);
    openChannels.inc();
    return channel;
  }

  private channelName(channelUUID: string): string {
    return fanOutChannel(this.options.prefix, channelUUID);
  }
}
