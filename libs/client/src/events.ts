import type { Message, ServerFrame, ServerFrameOf } from '@parley/protocol';
import type { ChatError } from './chat-error.js';

/** `connecting` also covers a lost connection that is being replaced. `offline` means that no further attempt is made. */
export type ClientState = 'offline' | 'connecting' | 'online';

/** Where a client stands in a channel: it has received every message of that epoch up to `seq`. */
export interface Position {
  readonly channelUUID: string;
  readonly epoch: string;
  readonly seq: number;
}

/** What a client emits, by name. */
export interface ClientEvents {
  /** A message of a held channel, with the epoch of the channel's log. Each comes once, in the order of Seq. */
  message: { readonly epoch: string; readonly message: Message };
  /** Somebody signed in, signed out or joined. A server under load may drop such frames. */
  sys: ServerFrameOf<'sys'>;
  /**
   * Messages of this channel may be missing: load its history up to `now.seq`. Live messages continue after it.
   * Without `now`, the channel is no longer open to this user and no longer held.
   */
  reload: { readonly channelUUID: string; readonly before: Position; readonly now?: Position };
  /** `code` is the close code of the lost connection. `error` says why no further attempt is made. */
  state: { readonly state: ClientState; readonly code?: number; readonly error?: ChatError };
  /** Every frame as it arrived, for tools and tests. */
  frame: ServerFrame;
}
