import type { Message, ServerFrame, ServerFrameOf } from '@parley/protocol';
import type { ChatError } from './chat-error.js';
import type { ChangeFrame } from './held/after-change.js';
import type { GroupNews } from './held/log-entry.js';
import type { InboxItem } from './inbox-item.js';

/** `connecting` also covers a lost connection that is being replaced. `offline` means that no further attempt is made. */
export type ClientState = 'offline' | 'connecting' | 'online';

/** Where a client stands in a channel: it has received every entry of that epoch's log up to `seq`. */
export interface Position {
  readonly channelUUID: string;
  readonly epoch: string;
  readonly seq: number;
}

/** Where a client stands in the inbox: it has received every item of that epoch up to `seq`. */
export type InboxPosition = Omit<Position, 'channelUUID'>;

/** What a client emits, by name. */
export interface ClientEvents {
  /** A message of a held channel, with the epoch of the channel's log. Each comes once, in the order of Seq. */
  message: { readonly epoch: string; readonly message: Message };
  /**
   * A message of a held channel was edited, deleted, or reacted to. Each change comes once, in the order of Seq among the messages.
   * `message` is the message after it, if the client keeps it.
   */
  change: { readonly epoch: string; readonly frame: ChangeFrame; readonly message?: Message };
  /** A held group or its members have changed. Each entry comes once, in the order of Seq among the messages. */
  group: { readonly epoch: string; readonly news: GroupNews };
  /** A member has read a held channel up to `seq`. */
  read: { readonly channelUUID: string; readonly userUUID: string; readonly seq: number };
  /** Another user is writing in a held channel. Show it for some seconds, and no longer than until the user's next message. */
  typing: ServerFrameOf<'typing'>['typing'];
  /** An item of the inbox. Each comes once, in the order of `seq`. */
  inboxItem: InboxItem;
  /** Items of the inbox may be missing. Later ones continue after `now.seq`. */
  inboxReload: { readonly before: InboxPosition; readonly now: InboxPosition };
  /** Somebody signed in, signed out or joined, or a group has changed. A server under load drops frames about signing in and joining. */
  sys: ServerFrameOf<'sys'>;
  /**
   * Messages of this channel may be missing: load its history up to `now.seq`. Live messages continue after it.
   * Without `now`, the channel is no longer open to this user and no longer held.
   */
  reload: { readonly channelUUID: string; readonly before: Position; readonly now?: Position };
  /** `code` is the close code of the lost connection. `error` says why no further attempt is made. */
  state: { readonly state: ClientState; readonly code?: number; readonly error?: ChatError };
  /**
   * The connection is lost, and the next attempt to replace it is made at this time, in ms as `Date.now()` counts; without `at`, as soon as
   * the device has a network.
   */
  reconnect: { readonly at?: number | undefined };
  /** Every frame as it arrived, for tools and tests. */
  frame: ServerFrame;
}
