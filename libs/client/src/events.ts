import type { Message, ServerFrame, ServerFrameOf } from '@parley/protocol';
import type { ChatError } from './chat-error.js';

/** `connecting` also while a connection was lost and comes back by itself; `offline` when nothing is tried any more. */
export type ClientState = 'offline' | 'connecting' | 'online';

/** Where a client stands in a channel: it has had every message of that epoch up to `seq`. */
export interface Position {
  readonly channelUUID: string;
  readonly epoch: string;
  readonly seq: number;
}

/** What a client tells, by name. */
export interface ClientEvents {
  /** A message of a held channel: each once, in the order of Seq, with the epoch of the channel's log. */
  message: { readonly epoch: string; readonly message: Message };
  /** Somebody came, went or joined; such frames may be dropped by a server under load. */
  sys: ServerFrameOf<'sys'>;
  /**
   * Messages of this channel may be missing: load its history up to `now.seq`; live ones go on after it. Without
   * `now` the channel is not open to this user any more, and is not held.
   */
  reload: { readonly channelUUID: string; readonly before: Position; readonly now?: Position };
  /** `code` is the close code of the connection that was lost, `error` why nothing is tried any more. */
  state: { readonly state: ClientState; readonly code?: number; readonly error?: ChatError };
  /** Every frame as it came, for tools and tests. */
  frame: ServerFrame;
}
