import type { ChatError } from '@parley/client';
import type { ChannelInfo, Message } from '@parley/protocol';
import type { ChatStorage } from '../kept.js';
import type { People } from '../people/people.js';
import type { Conversation } from './conversation.js';

/** The user's conversations. */
export interface InboxView {
  /** The one with the newest message first. */
  readonly conversations: readonly Conversation[];
  /** How many messages are unread in all of them. */
  readonly unread: number;
  /** `idle` while nobody is signed in. `loading` while something may be missing: conversations are there as soon as they are found. */
  readonly status: 'idle' | 'loading' | 'ready' | 'failed';
  /** Why the status is `failed`. */
  readonly error?: ChatError | undefined;
}

export const NO_INBOX: InboxView = { conversations: [], unread: 0, status: 'idle' };

/** Something that the user may want to be told. */
export type InboxNews =
  /** Somebody else has written. */
  | { readonly kind: 'message'; readonly conversation: Conversation; readonly message: Message }
  /** Somebody has made the user a member of a group. */
  | { readonly kind: 'invited'; readonly conversation: Conversation }
  /** A group is no longer open to the user. */
  | { readonly kind: 'removed'; readonly conversation: Conversation };

export interface InboxOptions {
  /**
   * Whether the client subscribes to all conversations, at most 240, until the session ends. Then the list also counts what no inbox
   * tells: messages in the general channel and in groups of more than 100 members. Default false.
   */
  readonly followsAll?: boolean;
  /** Remembers with whom the user has private conversations: servers list none. In memory by default. */
  readonly storage?: ChatStorage | undefined;
  /** Reads one group, as `GET /api/v1/channels/{channelUUID}` does. Without it, all groups are listed where one has changed. */
  readonly findGroup?: (channelUUID: string) => Promise<ChannelInfo>;
  /** Finds those whom `open` names. Without it, `open` begins no private conversation. */
  readonly people?: Pick<People, 'get' | 'find'>;
}
