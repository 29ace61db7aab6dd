import type { AppError, Message, User } from '@parley/protocol';
import type { Contract } from './contract.js';
import type { LogHead, LogId, LogPage } from './logs.js';
import type { Identity } from './users.js';

/** A channel as a client names it; with neither field, the general channel; where both are given, `channelUUID` decides. */
export interface ChannelTarget {
  readonly recipientUUID?: string | undefined;
  readonly channelUUID?: string | undefined;
}

/** A channel that has been found, as the gateway keeps it for a joined connection. */
export interface ChannelRef {
  readonly channelUUID: string;
  /** The partner in a private channel, empty otherwise. */
  readonly recipientUUID: string;
}

/** A connection that joins or leaves. `SUUID` is the session UUID that `ready` told it. */
export interface JoiningConnection {
  readonly gatewayId: string;
  readonly SUUID: string;
}

export interface ChannelJoin {
  /** Names this join among those of its connection: what makes it the same one when it comes again. */
  readonly key: string;
  readonly user: Identity;
  readonly target: ChannelTarget;
  readonly connection: JoiningConnection;
  /** The channel that the connection leaves when, and only when, the join succeeds. */
  readonly leave?: ChannelRef | undefined;
  readonly limit: number;
  readonly order: 'asc' | 'desc';
}

export interface ChannelJoined extends ChannelRef {
  readonly epoch: string;
  /** The newest Seq; live frames up to it are in `messages` or older. */
  readonly seq: number;
  readonly messages: readonly Message[];
  readonly users: readonly User[];
  readonly usersTotal: number;
}

export interface ChannelLeave {
  readonly user: Identity;
  readonly channel: ChannelRef;
  readonly connection: JoiningConnection;
}

export interface MessagePost {
  readonly sender: Identity;
  readonly target: ChannelTarget;
  readonly message: string;
  readonly clientUUID?: string | undefined;
  /** Names this post among those of its sender: what makes it the same one when it comes again without a `clientUUID`. */
  readonly key: string;
}

export interface MessageStored {
  readonly UUID: string;
  readonly Seq: number;
  readonly ChannelUUID: string;
  readonly clientUUID?: string | undefined;
  readonly CreatedAt: string;
}

/** What came of one item of a request of many, where it failed. */
export interface ItemFailed {
  readonly error: Pick<AppError, 'name' | 'message' | 'retryAfterMs'>;
}

/** What became of one post of many. */
export type PostOutcome = { readonly stored: MessageStored } | ItemFailed;

/** What became of one join of many. */
export type JoinOutcome = { readonly joined: ChannelJoined } | ItemFailed;

/** Which channels' heads a user asks for. */
export interface HeadsAsked {
  readonly user: Identity;
  readonly channelUUIDs: readonly string[];
}

export interface HistoryRequest {
  readonly user: Identity;
  readonly target: ChannelTarget;
  /** Exclusive. */
  readonly before?: number | undefined;
  /** Exclusive. */
  readonly after?: number | undefined;
  /** From the newest backwards; counts only without `before` and `after`. */
  readonly offset?: number | undefined;
  readonly limit: number;
}

export interface HistoryPage {
  readonly channelUUID: string;
  /** Messages in the log now: with a retention, those that are still there. */
  readonly messagesTotal: number;
  /** Oldest first. */
  readonly messages: readonly Message[];
  /** Whether there are more in the direction of the walk: newer with `after`, older otherwise. */
  readonly hasMore: boolean;
}

/** What the channels service answers. */
export type ChannelsContract = {
  /** Finds the channel that a user means, without a change. Errors: USER_NOT_FOUND, CHANNEL_NOT_FOUND, FORBIDDEN. */
  'channels.find': Contract<{ readonly user: Identity; readonly target: ChannelTarget }, ChannelRef>;
  /**
   * Joins, then leaves `leave`; tells the members of both, and what became of each join, in their order. Errors of each as
   * for `find`; a failed join changes nothing.
   */
  'channels.joinAll': Contract<
    { readonly joins: readonly ChannelJoin[] },
    { readonly outcomes: readonly JoinOutcome[] }
  >;
  /** Leaves, and tells the members of those that were joined. Idempotent. */
  'channels.leaveAll': Contract<{ readonly leaves: readonly ChannelLeave[] }, Record<string, never>>;
  /**
   * Stores and publishes messages, each once per `clientUUID` or `key`, those of one channel in their order; tells what
   * became of each, in their order. Errors of each as for `find`, STORAGE_FULL, and UNAVAILABLE where it is stored but
   * its recipient's inbox is not written.
   */
  'channels.postAll': Contract<
    { readonly posts: readonly MessagePost[] },
    { readonly outcomes: readonly PostOutcome[] }
  >;
  /**
   * Finds a channel as `find` does, makes it when it is new, and says where its log stands, as `heads` does: what a
   * subscription begins with. Errors as for `find`, and STORAGE_FULL.
   */
  'channels.open': Contract<
    { readonly user: Identity; readonly target: ChannelTarget },
    ChannelRef & LogHead
  >;
  /**
   * A page of the history: `limit` messages, fewer where they are long (about 256 KiB at most, one at least; `hasMore`
   * says so). Errors as for `find`.
   */
  'channels.history': Contract<HistoryRequest, HistoryPage>;
  /**
   * For each user the channels among `channelUUIDs` (256 at most) that the user may read, with their heads; `null` for any
   * other, so that nobody learns whether it exists. Begins a new epoch where Redis may have lost a tail.
   */
  'channels.headsAll': Contract<
    { readonly asked: readonly HeadsAsked[] },
    { readonly heads: readonly (readonly ((ChannelRef & LogHead) | null)[])[] }
  >;
  /**
   * As `headsAll` for logs that the gateway already serves (500 at most); `null` for a log that does not exist, which
   * for one that did means that Redis has lost it whole.
   */
  'channels.check': Contract<
    { readonly logs: readonly LogId[] },
    { readonly heads: readonly (LogHead | null)[] }
  >;
  /**
   * Frames of a log with a Seq above `after` and not above `upTo`, at most 100 and about 256 KiB, oldest first. None at
   * all means that the log holds none of that range. The frames are of the epoch that the page names. Errors:
   * CHANNEL_NOT_FOUND for a log that does not exist.
   */
  'channels.readLog': Contract<
    { readonly log: LogId; readonly after: number; readonly upTo?: number | undefined },
    LogPage
  >;
  /**
   * The head of a user's inbox, and how many messages of private channels the user has neither joined nor written to
   * since; both of one moment. Errors: STORAGE_FULL.
   */
  'channels.openInbox': Contract<{ readonly user: Identity }, LogHead & { readonly unread: number }>;
};
