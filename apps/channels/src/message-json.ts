import { type ChannelRef, type Identity, mayBeGroup, shownUser } from '@parley/contracts';
import type { Mention, Message, ServerFrameOf, User } from '@parley/protocol';
import type { Channel } from './channel.js';

/** What a message says, its sender and its recipient. */
export interface MessageParts {
  readonly channel: Channel;
  readonly sender: Identity;
  /** The other user of a private channel. */
  readonly recipient?: User | undefined;
  readonly text: string;
  /** Whom the text names. */
  readonly mentions?: readonly Mention[];
}

/**
 * The JSON of a message's fields that are known before it is stored, without braces. `append-messages.lua` puts UUID before
 * them and CreatedAt and Seq after them, so Redis never parses or encodes text of a user.
 */
export function messageBody({ channel, sender, recipient, text, mentions = [] }: MessageParts): string {
  const fields: Omit<Message, 'UUID' | 'CreatedAt' | 'Seq'> = {
    SenderUUID: sender.UUID,
    Sender: shownUser(sender, true),
    RecipientUUID: channel.recipientUUID,
    ...(recipient === undefined ? {} : { Recipient: recipient }),
    Message: text,
    ...(mentions.length > 0 && { mentions: [...mentions] }),
    ChannelUUID: channel.channelUUID,
  };
  return JSON.stringify(fields).slice(1, -1);
}

/** The JSON of a message's text and its mentions, without braces: what an edit replaces. */
export function textFields(text: string, mentions: readonly Mention[]): string {
  return JSON.stringify({ Message: text, ...(mentions.length > 0 && { mentions }) }).slice(1, -1);
}

/** The JSON of a message as `append-messages.lua` stores it. */
export function messageJson(
  body: string,
  { UUID, CreatedAt, Seq }: Pick<Message, 'UUID' | 'CreatedAt' | 'Seq'>,
): string {
  return `{"UUID":"${UUID}",${body},"CreatedAt":"${CreatedAt}","Seq":${Seq}}`;
}

/** The senders and recipients of these messages, without those of tombstones that name nobody. */
export function peopleIn(messages: readonly Message[]): string[] {
  return messages.flatMap((message) => {
    if (namesNobody(message)) return [];
    const { SenderUUID, RecipientUUID } = message;
    return RecipientUUID === '' ? [SenderUUID] : [SenderUUID, RecipientUUID];
  });
}

/** A stored message with its users' present presence in place of that when it was sent. A tombstone of a purged user names nobody. */
export function withPresence(message: Message, people: ReadonlyMap<string, User>): Message {
  if (namesNobody(message)) return message;
  const now = (user: User): User => people.get(user.UUID) ?? { ...user, OnLine: false };
  const { Sender, Recipient } = message;
  return {
    ...message,
    Sender: now(Sender),
    ...(Recipient === undefined ? {} : { Recipient: now(Recipient) }),
  };
}

/** Whether a message is a tombstone of a user who was purged. */
const namesNobody = ({ deletedAt, Sender }: Message): boolean =>
  deletedAt !== undefined && Sender.Username === '';

/** A channel as notices name it: by the recipient, which is empty in the general channel, and a group by its id too. */
const namedIn = ({ channelUUID, recipientUUID }: ChannelRef) =>
  mayBeGroup(channelUUID) ? { recipientUUID, channelUUID } : { recipientUUID };

/** The frame that tells the members of a channel who has joined it. */
export function joinFrame(user: Identity, SUUID: string, channel: ChannelRef): string {
  return JSON.stringify({
    type: 'sys',
    SUUID,
    userUUID: user.UUID,
    user: shownUser(user, true),
    sys: { type: 'channelJoin', channelJoin: namedIn(channel) },
  } satisfies ServerFrameOf<'sys'>);
}

/** The frame that tells the members of a channel who has left it. */
export function leaveFrame(userUUID: string, SUUID: string, channel: ChannelRef): string {
  return JSON.stringify({
    type: 'channelLeave',
    SUUID,
    userUUID,
    channelLeave: namedIn(channel),
  } satisfies ServerFrameOf<'channelLeave'>);
}
