import type { Message, ServerFrameOf } from '@parley/protocol';

/** A message that an item is about. `message` is the message as it was when the item came; absent where it is gone, or the group is not the user's any more. */
interface AboutMessage {
  readonly UUID: string;
  /** The Seq of the message in its channel. */
  readonly messageSeq: number;
  readonly message?: Message;
}

type Fields = ServerFrameOf<'inboxItem'>['inboxItem'];

/** What an item of the inbox says, by its `kind`. */
export type InboxItem = {
  /** The number of the item in the inbox. */
  readonly seq: number;
  /** Empty in items of kind `contact`. */
  readonly channelUUID: string;
} & (
  | ({ readonly kind: 'message' | 'mention' } & AboutMessage)
  /** `by` has made the user a member. */
  | { readonly kind: 'invite'; readonly by: string }
  /** `by` has removed the user, who cannot come back with `ban`. */
  | { readonly kind: 'kick'; readonly by: string; readonly ban?: boolean }
  /** The user has read the channel up to this Seq, on whatever device. */
  | { readonly kind: 'read'; readonly readSeq: number }
  /** `by` has changed what `userUUID` is to them. One of the two is the user. */
  | {
      readonly kind: 'contact';
      readonly by: string;
      readonly userUUID: string;
      readonly change: NonNullable<Fields['change']>;
    }
);
