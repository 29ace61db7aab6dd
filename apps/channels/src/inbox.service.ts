import { Injectable } from '@nestjs/common';
import { type ChannelRef, mayBeGroup, type ReaderEpoch } from '@parley/contracts';
import { hasPartner } from './channel.js';
import { ChannelsRepository } from './channels.repository.js';
import type { InboxMessage, ReadPosition } from './inbox/inbox-changes.js';
import {
  type Mentioned,
  notedItem,
  type Recipient,
  type Telling,
  type ToldMessage,
} from './inbox/telling.js';
import { InboxRepository } from './inbox.repository.js';
import { type InboxBehind, InboxCompletion } from './inbox-completion.js';
import { PostsRepository } from './posts.repository.js';
import type { CursorTells } from './redis/append-inbox-items.js';
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

  /** Looks after a user's list of received messages, which a message was added to. */
  sweepAfter(recipient: string, stored: ToldMessage): void {
    this.inboxes.sweepAfter(recipient, stored);
  }

  /**
   * Tells users of something, each once. What fails is told later. Rejects with Redis's error when even that is not certain, and with
   * {@link NotOnReplicas}.
   * @param json of the message that it is about, as the channel holds it.
   */
  async tellAll(telling: Telling, json?: string): Promise<void> {
    const failed = await this.putAll(telling, json);
    const late = failed.filter(({ cause }) => !(cause instanceof NotOnReplicas));
    if (late.length > 0) await this.completion.later({ ...telling, recipients: recipientsOf(late) });
    const unconfirmed = failed.find(({ cause }) => cause instanceof NotOnReplicas);
    if (unconfirmed !== undefined) throw unconfirmed.cause;
  }

  /**
   * Tells those whom a message mentions, once per message, but not its sender nor one who is no member of its group any more. Rejects as
   * {@link tellAll}.
   * @param json of the message, where it is known.
   */
  async tellMentioned(
    { channelUUID, sender, mentioned, members }: Mentioned,
    { UUID, Seq }: ToldMessage,
    json?: string,
  ): Promise<void> {
    const others = mentioned.filter(({ userUUID }) => userUUID !== sender);
    if (others.length === 0) return;
    const recipients = await this.stillThere(channelUUID, others, members);
    const told = { kind: 'mention', stored: { UUID, Seq } } as const;
    if (recipients.length === 0) return;
    const shown = json ?? (await this.posts.find(channelUUID, told.stored));
    if (shown !== undefined) await this.tellAll({ channelUUID, told, recipients }, shown);
  }

  /** As {@link tellAll}, for what is done already, and not to be refused for that: this replica keeps what Redis takes no event for. Never rejects. */
  async tellInTheEnd(telling: Telling): Promise<void> {
    await this.tellAll(telling).catch(() => {});
  }

  /**
   * Notes that a user has read a channel up to a position, where the inbox counts what is unread there, or the user has asked for it. If that
   * fails, it is noted later. Never rejects.
   */
  async markSeen(
    user: string,
    channel: ChannelRef,
    { epoch, seq, number }: ReadPosition,
    isAskedFor = false,
  ): Promise<void> {
    const tells = tellsOf(user, channel, isAskedFor);
    if (tells === undefined) return;
    const { channelUUID } = channel;
    const position = { epoch, seq, number };
    try {
      await this.inboxes.markSeen(user, channelUUID, position, tells);
    } catch {
      // If Redis does not take the event either, this replica keeps it. A number too high is no reason to refuse a request, or
      // to hold it up.
      void this.completion.later({ recipient: user, channelUUID, position, tells }).catch(() => {});
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

  /** Those of some users who are in a channel. One who was removed while they were looked up by name is not. */
  private async stillThere(
    channelUUID: string,
    users: readonly { readonly userUUID: string }[],
    members: readonly { readonly userUUID: string }[] | undefined,
  ): Promise<Recipient[]> {
    const bare = users.map(({ userUUID }) => ({ userUUID }));
    if (members !== undefined) {
      const there = new Set(members.map(({ userUUID }) => userUUID));
      return bare.filter(({ userUUID }) => there.has(userUUID));
    }
    return mayBeGroup(channelUUID) ? this.inboxes.membersAmong(channelUUID, bare) : bare;
  }

  private async change({ change, tries }: InboxBehind): Promise<void> {
    if ('told' in change) return this.tellLate(change, tries);
    const { recipient, channelUUID } = change;
    if ('position' in change)
      return this.inboxes.markSeen(recipient, channelUUID, change.position, change.tells);
    const json = await this.posts.find(channelUUID, change.stored, recipient);
    if (json !== undefined) await this.inboxes.put({ ...change, json });
  }

  /** Who has left a group since a message was stored there is not told of it any more. */
  private async tellLate(telling: Telling, tries: number): Promise<void> {
    const { channelUUID, told } = telling;
    const isOfMessage = told.kind === 'message' || told.kind === 'mention';
    const json = isOfMessage ? await this.posts.find(channelUUID, told.stored) : undefined;
    if (isOfMessage && json === undefined) return;
    const recipients =
      isOfMessage && mayBeGroup(channelUUID)
        ? await this.inboxes.membersAmong(channelUUID, telling.recipients)
        : telling.recipients;
    const failed = await this.putAll({ ...telling, recipients }, json);
    if (failed.length > 0)
      await this.completion.again(
        { change: { ...telling, recipients: recipientsOf(failed) }, tries },
        failed[0]!.cause,
      );
  }

  /** Puts an item into the inbox of each recipient. Returns for whom that failed, and why. */
  private async putAll(
    { channelUUID, told, recipients }: Telling,
    json: string | undefined,
  ): Promise<Failure[]> {
    const noted = told.kind === 'message' ? undefined : notedItem(channelUUID, told);
    const put = ({ userUUID: recipient, read }: Recipient) =>
      told.kind === 'message'
        ? this.inboxes.put({
            recipient,
            channelUUID,
            mark: told.mark,
            stored: told.stored,
            read,
            json: json!,
          })
        : this.inboxes.note({ recipient, ...noted!, json });
    const outcomes = await Promise.allSettled(recipients.map(put));
    return outcomes.flatMap((outcome, at) =>
      outcome.status === 'rejected' ? [{ recipient: recipients[at]!, cause: outcome.reason as unknown }] : [],
    );
  }
}

/** A user who could not be told, and why. */
interface Failure {
  readonly recipient: Recipient;
  readonly cause: unknown;
}

const recipientsOf = (failed: readonly Failure[]): Recipient[] => failed.map(({ recipient }) => recipient);

/**
 * What a cursor of a user tells the user's connections; nothing where the inbox does not hold it. Only what users ask for is noted of the
 * general channel and of large groups, where nothing is counted: many join and leave them, and one write more for each would be dear.
 */
function tellsOf(user: string, channel: ChannelRef, isAskedFor: boolean): CursorTells | undefined {
  if (hasPartner(channel, user)) return 'lowered';
  if (channel.recipientUUID === user) return undefined;
  if (isAskedFor) return 'moved';
  return mayBeGroup(channel.channelUUID) ? 'known' : undefined;
}
