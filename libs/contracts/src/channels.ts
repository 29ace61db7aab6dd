import type { Message, MessageChange, User } from '@parley/protocol';
import type { Contract, PartedContract } from './contract.js';
import type { GroupsContract } from './groups.js';
import type { LogHeadReply, LogId, LogPageReply, ReaderEpoch } from './logs.js';
import type { OwnDataContract } from './own-data.js';
import type { Identity } from './users.js';
import type { WebhookDeliveriesContract } from './webhooks.js';

/** A channel as a client names it. Without either field it is the general channel; with both, `channelUUID` decides. */
export interface ChannelTarget {
  readonly recipientUUID?: string | undefined;
  readonly channelUUID?: string | undefined;
}

/** A channel that was found, as the gateway keeps it for a joined connection. */
export interface ChannelRef {
  readonly channelUUID: string;
  /** The partner in a private channel, empty otherwise. */
  readonly recipientUUID: string;
}

/** A connection that joins or leaves. `SUUID` is the session UUID that it got in `ready`. */
export interface JoiningConnection {
  readonly gatewayId: string;
  readonly SUUID: string;
}

/**
 * What a gateway says that takes {@link Apart} for an outcome. Without, as one of the release before asks, items that wait for a
 * hook are answered when it has.
 */
export interface MayGoApart {
  readonly apart?: true | undefined;
}

/** Nothing is done: the item waits for a hook. It is to be asked for again in a request of its own, without `apart`. */
export interface Apart {
  readonly apart: true;
}

export const isApart = (outcome: object): outcome is Apart => 'apart' in outcome;

/** A join of one connection. */
export interface JoinRequest {
  /** Names this join among those of its connection, so that a repeated join is recognised. */
  readonly key: string;
  readonly user: Identity;
  readonly target: ChannelTarget;
  readonly connection: JoiningConnection;
  /** The channel that the connection leaves if, and only if, the join succeeds. */
  readonly leave?: ChannelRef | undefined;
  /** The connection has joined already, and is noted once more: no hook is asked. */
  readonly again?: true | undefined;
  readonly limit: number;
  readonly order: 'asc' | 'desc';
}

/** The channel at the moment of a join. */
export interface JoinReply extends ChannelRef {
  readonly epoch: string;
  /** The newest Seq. Live frames up to it are in `messages`, or older than those. */
  readonly seq: number;
  /** The newest messages, `limit` at most, or fewer if they are long (about 256 KiB, but at least one). */
  readonly messages: readonly Message[];
  readonly users: readonly User[];
  readonly usersTotal: number;
  /** False where Redis takes no writes: the join is not noted, and no notice of it is published. */
  readonly isNoted?: boolean;
}

/** A leave of one connection. */
export interface LeaveRequest {
  readonly user: Identity;
  readonly channel: ChannelRef;
  readonly connection: JoiningConnection;
}

/** What is left after a leave. */
export interface LeftReply {
  /** How many connections of the user are still joined, on any gateway; `null` if the one that leaves was not joined itself. */
  readonly left: number | null;
}

/** A message to post. */
export interface PostRequest {
  readonly sender: Identity;
  readonly target: ChannelTarget;
  readonly message: string;
  readonly clientUUID?: string | undefined;
  /** The UUID of the message that this one answers. */
  readonly replyTo?: string | undefined;
  /** Names this post among those of its sender, so that a repeated post without a `clientUUID` is recognised. */
  readonly key: string;
}

/** A message that is stored. */
export interface PostReply {
  readonly UUID: string;
  readonly Seq: number;
  readonly ChannelUUID: string;
  readonly clientUUID?: string | undefined;
  readonly CreatedAt: string;
}

/** A message to change, by its UUID in its channel. */
export interface ChangeTarget {
  /** Who changes it. */
  readonly user: Identity;
  readonly target: ChannelTarget;
  readonly UUID: string;
  /** Names this request among those of its user, so that it is recognised when it is delivered twice. */
  readonly key: string;
}

/** The channels whose heads a user asks for. */
export interface HeadsRequest {
  readonly user: Identity;
  readonly channelUUIDs: readonly string[];
  /** The epoch that the user counts in, for each channel. The version before asks without. */
  readonly epochs?: readonly ReaderEpoch[] | undefined;
  /**
   * The partner, for each channel that is a private one and for which the user knows it. A private channel that nobody has
   * joined or written to is found only by its partner.
   */
  readonly recipients?: readonly (string | null | undefined)[] | undefined;
}

/** A page of messages to read. */
export interface HistoryRequest {
  readonly user: Identity;
  readonly target: ChannelTarget;
  /** Exclusive. */
  readonly before?: number | undefined;
  /** Exclusive. */
  readonly after?: number | undefined;
  /** How many of the newest messages to skip. Ignored if `before` or `after` is set. */
  readonly offset?: number | undefined;
  readonly limit: number;
}

/** A page of messages. */
export interface HistoryReply {
  readonly channelUUID: string;
  /** The messages in the log now. With a retention, these are the ones that remain. */
  readonly messagesTotal: number;
  /** Oldest first. */
  readonly messages: readonly Message[];
  /** Whether there are more messages in the direction of reading: newer with `after`, older otherwise. */
  readonly hasMore: boolean;
}

/** A page of the private messages that a user has received. */
export interface ReceivedRequest {
  readonly user: Identity;
  /** Where the page begins: `cursor` of the answer before; without one at the newest message. */
  readonly cursor?: string | undefined;
  /** At most 100. */
  readonly limit: number;
}

/** A page of received messages. */
export interface ReceivedReply {
  /** Newest first. `seen`: the user has read the channel up to it. */
  readonly messages: readonly (Message & { readonly seen: boolean })[];
  /** Where the next page begins; absent at the end. */
  readonly cursor?: string | undefined;
}

/** A user who blocks another, or no longer does. */
export interface BlockRequest {
  readonly user: Identity;
  readonly otherUUID: string;
}

/** How far a member of a channel has read. */
export interface MemberRead {
  readonly userUUID: string;
  readonly seq: number;
}

/** The head of a channel's log, for one who follows it. The version before answers without `reads`. */
export type FollowedReply = ChannelRef &
  LogHeadReply & {
    /** How far its members have read: in private channels, and in groups of at most `LIMITS.membersWithReads`. */
    readonly reads?: readonly MemberRead[] | undefined;
  };

/** The requests that the channels service answers. */
export type ChannelsContract = GroupsContract & {
  /** Finds the channel that a user means. Changes nothing. Errors: USER_NOT_FOUND, CHANNEL_NOT_FOUND, FORBIDDEN. */
  'channels.find': Contract<{ readonly user: Identity; readonly target: ChannelTarget }, ChannelRef>;
  /**
   * Joins, then leaves `leave`, and tells the members of both. Errors of each join as for `find`; a failed join changes
   * nothing. Where Redis takes no writes, the join is answered but not noted: nobody is told, and the user is not shown.
   */
  'channels.joinAll': PartedContract<
    MayGoApart & { readonly joins: readonly JoinRequest[] },
    { readonly joined: JoinReply } | Apart
  >;
  /**
   * Leaves channels, and tells the members if the connection was joined. Idempotent. A service of the version before answers
   * all at once, without their outcomes.
   */
  'channels.leaveAll': PartedContract<
    { readonly leaves: readonly LeaveRequest[] },
    LeftReply,
    Record<string, never>
  >;
  /**
   * Stores and publishes messages, each once per `clientUUID` or `key`, and those of one channel in order. Errors of
   * each as for `find`, BLOCKED, MESSAGE_NOT_FOUND for what it answers, STORAGE_FULL, and UNAVAILABLE if the message is stored but it is not certain that the inboxes of those whom
   * it concerns get it.
   */
  'channels.postAll': PartedContract<
    MayGoApart & { readonly posts: readonly PostRequest[] },
    { readonly stored: PostReply } | Apart
  >;
  /**
   * Tells the members of a channel who count Seqs that a user is writing in it. Nothing is stored. A repetition tells them again.
   * Errors as for a post.
   */
  'channels.typing': Contract<
    { readonly user: Identity; readonly target: ChannelTarget },
    Record<string, never>
  >;
  /**
   * Gives a message another text. Only its author may. Errors of this and the next two: as for `find`, MESSAGE_NOT_FOUND, FORBIDDEN,
   * BLOCKED. Each is done once, however often it is asked for: `Seq` is 0 where it was so before and no entry is known for it.
   */
  'channels.edit': Contract<ChangeTarget & { readonly message: string }, MessageChange<'messageEdit'>>;
  /** Deletes a message: its author may, and moderators. One that is deleted stays so. */
  'channels.delete': Contract<ChangeTarget, MessageChange<'messageDelete'>>;
  /** Adds a reaction of the user, or takes it back. Errors also: LIMIT_REACHED for one kind of reactions too many. */
  'channels.react': Contract<
    ChangeTarget & { readonly reaction: string; readonly remove?: boolean | undefined },
    MessageChange<'reaction'>
  >;
  /**
   * Finds a channel as `find` does, and returns the head of its log: the start of a subscription. Changes nothing with
   * `namesPartner`: the gateway names the partner of a private channel when a client resumes it. One of the release before does
   * not, and so the channel's pair is noted for it. Errors as for `find`.
   */
  'channels.open': Contract<
    { readonly user: Identity; readonly target: ChannelTarget; readonly namesPartner?: true },
    FollowedReply
  >;
  /**
   * Returns a page of the history: `limit` messages, or fewer if they are long (about 256 KiB at most, but at least one
   * message; `hasMore` is then true). Errors as for `find`.
   */
  'channels.history': Contract<HistoryRequest, HistoryReply>;
  /**
   * Returns private messages that a user has received, over all channels, in the order of time, the newest first: `limit`, or fewer if
   * they are long (about 256 KiB at most, but at least one) or many others are gone. Errors: INVALID_FIELD. The version before does not
   * answer it.
   */
  'channels.received': Contract<ReceivedRequest, ReceivedReply>;
  /**
   * Returns, for each user, the heads of those of `channelUUIDs` (at most 256) that the user may read; `null` for any other,
   * so that nobody learns whether it exists. Changes nothing.
   */
  'channels.headsAll': PartedContract<
    { readonly asked: readonly HeadsRequest[] },
    { readonly heads: readonly (FollowedReply | null)[] },
    { readonly heads: readonly (readonly (FollowedReply | null)[])[] }
  >;
  /**
   * Notes that a user has read a channel up to `seq`, never back, and at most up to the newest entry. Returns where the user
   * is then, and how many messages come after that. Errors as for `find`. The version before does not answer it.
   */
  'channels.read': Contract<
    { readonly user: Identity; readonly target: ChannelTarget; readonly seq: number },
    { readonly channelUUID: string; readonly seq: number; readonly unread: number }
  >;
  /**
   * As `headsAll`, for logs that the gateway already serves (at most 500), each with the epoch that the gateway counts in. A
   * log that does not exist has an empty head (`NO_EPOCH`): if it did exist, Redis has lost all of it. The version before
   * answers `null` there.
   */
  'channels.check': PartedContract<
    { readonly logs: readonly LogId[]; readonly epochs?: readonly ReaderEpoch[] | undefined },
    { readonly head: LogHeadReply | null },
    { readonly heads: readonly (LogHeadReply | null)[] }
  >;
  /**
   * Returns the frames of a log with a Seq above `after` and not above `upTo`, oldest first, at most 100 and about 256 KiB,
   * with the head for a reader of `epoch`. An empty page means that the log holds nothing of that range. All frames are of
   * the log as it is in the page's epoch. A log that does not exist is empty; the version before answers CHANNEL_NOT_FOUND.
   */
  'channels.readLog': Contract<
    {
      readonly log: LogId;
      readonly after: number;
      readonly upTo?: number | undefined;
      readonly epoch?: ReaderEpoch;
    },
    LogPageReply
  >;
  /**
   * Returns the head of a user's inbox for a reader of `epoch`, and the number of messages in private channels and small groups
   * that the user has not read. Channels that the user has joined now are left out. Changes nothing.
   */
  'channels.openInbox': Contract<
    { readonly user: Identity; readonly epoch?: ReaderEpoch },
    LogHeadReply & { readonly unread: number }
  >;
  /**
   * Refuses messages between two users in their private channel, then puts the other on the user's list of the blocked. Idempotent;
   * one that was interrupted is completed by the next. Errors: USER_NOT_FOUND, INVALID_FIELD for oneself, LIMIT_REACHED, with which
   * nothing is refused.
   */
  'channels.block': Contract<BlockRequest, Record<string, never>>;
  /** Takes it back. What the other has blocked stays refused. Idempotent. Errors: USER_NOT_FOUND. */
  'channels.unblock': Contract<BlockRequest, Record<string, never>>;
  /**
   * Returns, for each user, the partners of private channels in which the user has read or was written to, and the
   * members of groups with at most 1,000 of them: at most `most`, in no
   * order, never the user. Changes nothing.
   */
  'channels.partnersOf': PartedContract<
    { readonly users: readonly string[]; readonly most: number },
    { readonly partners: readonly string[] }
  >;
} & OwnDataContract &
  WebhookDeliveriesContract;
