import type { ServerFrameOf } from '@parley/protocol';

/** What happened in a channel. */
export interface ChannelEvent<Frame> {
  readonly channel: { readonly channelUUID: string; readonly kind: 'general' | 'private' | 'group' };
  /** The stretch of the log in which `seq` counts. */
  readonly epoch: string;
  /** The entry's place in the channel's log. */
  readonly seq: number;
  /** As the channel's members got it. */
  readonly frame: Frame;
}

/** The frames of the events about messages, by type. */
interface MessageFrames {
  readonly 'message.created': ServerFrameOf<'channelMessage'>;
  readonly 'message.edited': ServerFrameOf<'messageEdit'>;
  readonly 'message.deleted': ServerFrameOf<'messageDelete'>;
  readonly 'message.reaction': ServerFrameOf<'reaction'>;
}

/** What happened to a user, to an account or a session. */
export interface UserEvent {
  /** `Username` is absent where the user is gone by the time of the event. */
  readonly user: { readonly UUID: string; readonly Username?: string };
  /** When it happened, as RFC 3339. */
  readonly at: string;
  /** Of `session.ended`. */
  readonly sessionUUID?: string;
}

type UserKind = 'user' | 'account' | 'session';

/** Types of events, and `….*` for all of a kind. Others may be named too: their `data` is not typed. */
export type WebhookType =
  | keyof MessageFrames
  | 'message.*'
  | 'membership.*'
  | `membership.${string}`
  | `${UserKind}.${string}`
  | (string & {});

type DataOf<Type> = Type extends keyof MessageFrames
  ? ChannelEvent<MessageFrames[Type]>
  : Type extends 'message.*'
    ? ChannelEvent<MessageFrames[keyof MessageFrames]>
    : Type extends `membership.${string}`
      ? ChannelEvent<ServerFrameOf<'sys'>>
      : Type extends `${UserKind}.${string}`
        ? UserEvent
        : Readonly<Record<string, unknown>>;

/** An event that Parley tells of. */
export interface WebhookEvent<Type extends WebhookType = WebhookType> {
  /** Names the event; the same each time that it is sent. */
  readonly id: string;
  /** Such as `message.created`. */
  readonly type: string;
  /** When this attempt was made, as RFC 3339. */
  readonly timestamp: string;
  readonly data: DataOf<Type>;
}
