import { Injectable } from '@nestjs/common';
import type { ChannelRef, ReaderEpoch } from '@parley/contracts';
import { hasPartner } from './channel.js';
import { ChannelsRepository } from './channels.repository.js';
import { type InboxMessage, InboxRepository, type ReadPosition } from './inbox.repository.js';
import { type InboxBehind, InboxCompletion } from './inbox-completion.js';
import { PostsRepository } from './posts.repository.js';
import { NotOnReplicas } from './redis/appender.js';
import type { OpenedInbox } from './redis/open-inbox.js';

/** The rules of inboxes: what is in them, and what is unread. */
@Injectable()
export class InboxService {
  constructor(
    private readonly inboxes: InboxRepository,
    private readonly channels: ChannelsRepository,
    private readonly posts: PostsRepository,
    private readonly completion: InboxCompletion,
  ) {}

  /**
   * Puts a message into its recipient's inbox, once per message. If that fails, it is put in later. Rejects with Redis's error
   * when even that is not certain, and with {@link NotOnReplicas}.
   */
  async tell(message: InboxMessage): Promise<void> {
    try {
      await this.inboxes.put(message);
    } catch (error) {
      if (error instanceof NotOnReplicas) throw error;
      const { recipient, channelUUID, mark, stored } = message;
      await this.completion.later({ recipient, channelUUID, mark, stored });
    }
  }

  /**
   * Notes that a user has read a private channel up to a position; of other channels nothing is counted. If that fails, it is
   * noted later. Never rejects.
   */
  async markSeen(user: string, channel: ChannelRef, { epoch, seq, number }: ReadPosition): Promise<void> {
    if (!hasPartner(channel, user)) return;
    const { channelUUID } = channel;
    const position = { epoch, seq, number };
    try {
      await this.inboxes.markSeen(user, channelUUID, position);
    } catch {
      // If Redis does not take the event either, this replica keeps it. A number too high is no reason to refuse a request, or
      // to hold it up.
      void this.completion.later({ recipient: user, channelUUID, position }).catch(() => {});
    }
  }

  /** Makes a change that has failed before. If it fails again, it is made later. */
  async complete(behind: InboxBehind): Promise<void> {
    try {
      await this.change(behind);
    } catch (cause) {
      await this.completion.again(behind, cause);
    }
  }

  /**
   * Where a user's inbox stands for a reader of `epoch`, and how many messages the user has not read. A channel that the user has joined is read: its
   * cursor moves when the user leaves.
   */
  async open(user: string, epoch?: ReaderEpoch): Promise<Omit<OpenedInbox, 'unreadIn'>> {
    const { unreadIn, ...inbox } = await this.inboxes.open(user, epoch);
    const joined = await this.channels.joinedAmong(user, [...unreadIn.keys()]);
    const read = joined.reduce((sum, channelUUID) => sum + unreadIn.get(channelUUID)!, 0);
    return { ...inbox, unread: inbox.unread - read };
  }

  /** The partners of private channels in which the user has a place: at most `most`, in no order, without the user. */
  async partnersOf(user: string, most: number): Promise<string[]> {
    const channelUUIDs = await this.inboxes.channelsOf(user, most);
    const pairs = await Promise.all(channelUUIDs.map((channelUUID) => this.channels.findPair(channelUUID)));
    const partners = pairs.flatMap((pair) => pair ?? []).filter((UUID) => UUID !== user);
    return [...new Set(partners)];
  }

  private async change({ change }: InboxBehind): Promise<void> {
    const { recipient, channelUUID } = change;
    if ('position' in change) return this.inboxes.markSeen(recipient, channelUUID, change.position);
    const json = await this.posts.find(channelUUID, change.stored, recipient);
    if (json !== undefined) await this.inboxes.put({ ...change, json });
  }
}
