import type { Target } from '@parley/client';
import type { ChannelInfo, Message, User } from '@parley/protocol';

/** A channel in the list of the user's conversations. */
export interface Conversation {
  readonly channelUUID: string;
  readonly kind: 'general' | 'group' | 'private';
  /** What names it: the group's name, or the partner's; empty for the general channel. */
  readonly title: string;
  /** What requests name it by. Unlike its UUID, this also works for a private channel after a reconnect. */
  readonly target: Target;
  /** Of a private channel. */
  readonly partner?: User;
  readonly group?: ChannelInfo;
  readonly lastMessage?: Message;
  /** Messages that the user has not read. */
  readonly unread: number;
  /** Whether one of those mentions the user. */
  readonly isMentioned: boolean;
  /** Messages up to this Seq are counted. */
  readonly countedTo: number;
}

const timeOf = ({ lastMessage }: Conversation): string => lastMessage?.CreatedAt ?? '';

/** The one with the newest message first; those without any come last, by their titles. */
export const sorted = (conversations: Iterable<Conversation>): readonly Conversation[] =>
  [...conversations].sort((a, b) => {
    const [of, other] = [timeOf(a), timeOf(b)];
    if (of !== other) return of < other ? 1 : -1;
    return a.title.localeCompare(b.title);
  });

/** The other user of a private channel, who may be the reader. Nobody for another channel. */
export function partnerIn(message: Message, reader: string | undefined): User | undefined {
  if (message.RecipientUUID === '') return undefined;
  return message.SenderUUID === reader ? message.Recipient : message.Sender;
}

export const ofGroup = (group: ChannelInfo): Conversation => ({
  channelUUID: group.channelUUID,
  kind: 'group',
  title: group.name,
  target: { channelUUID: group.channelUUID },
  group,
  ...(group.lastMessage && { lastMessage: group.lastMessage }),
  unread: group.unread,
  isMentioned: false,
  countedTo: group.seq,
});

export const ofGeneral = (
  channelUUID: string,
  lastMessage: Message | undefined,
  unread: number,
): Conversation => ({
  ...{ channelUUID, kind: 'general', title: '', target: {}, unread, isMentioned: false },
  ...(lastMessage && { lastMessage }),
  countedTo: lastMessage?.Seq ?? 0,
});

export const ofPartner = (
  partner: User,
  channelUUID: string,
  lastMessage: Message | undefined,
  unread: number,
): Conversation => ({
  channelUUID,
  kind: 'private',
  title: partner.Username,
  target: { recipientUUID: partner.UUID },
  partner,
  ...(lastMessage && { lastMessage }),
  unread,
  isMentioned: false,
  countedTo: lastMessage?.Seq ?? 0,
});

/** Who reads, when a message comes. */
export interface Reader {
  readonly userUUID: string | undefined;
  /** Whether the newest message of the conversation is on the user's screen. */
  readonly isLooking: boolean;
}

/** A conversation after a message that has come. A message that is counted already makes no difference to the count. */
export function afterMessage(known: Conversation, message: Message, reader: Reader): Conversation {
  const isNewest = message.Seq >= (known.lastMessage?.Seq ?? 0);
  const now = isNewest ? { ...known, lastMessage: message } : known;
  if (message.Seq <= known.countedTo) return now;
  const countedTo = message.Seq;
  if (message.SenderUUID === reader.userUUID || reader.isLooking)
    return { ...now, countedTo, unread: 0, isMentioned: false };
  const isNamed = message.mentions?.some(({ userUUID }) => userUUID === reader.userUUID) ?? false;
  return { ...now, countedTo, unread: known.unread + 1, isMentioned: known.isMentioned || isNamed };
}

/** After `unread` messages are left that the user has not read. */
export const afterRead = (known: Conversation, unread: number): Conversation =>
  unread === known.unread && (unread > 0 || !known.isMentioned)
    ? known
    : { ...known, unread, isMentioned: unread > 0 && known.isMentioned };

/** What was read of a conversation, unless what has come since says more. */
export function merged(known: Conversation | undefined, read: Conversation): Conversation {
  if (known === undefined) return read;
  const { unread, isMentioned, countedTo, lastMessage } = known;
  if (read.countedTo >= countedTo) return { ...read, isMentioned: isMentioned && read.unread > 0 };
  return { ...read, unread, isMentioned, countedTo, ...(lastMessage && { lastMessage }) };
}

/** What is unread of a conversation mentions the user. */
export const withMention = (known: Conversation): Conversation =>
  known.unread > 0 ? { ...known, isMentioned: true } : known;
