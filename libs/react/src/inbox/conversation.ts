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

export const ofPartner = (partner: User, lastMessage: Message, unread: number): Conversation => ({
  channelUUID: lastMessage.ChannelUUID,
  kind: 'private',
  title: partner.Username,
  target: { recipientUUID: partner.UUID },
  partner,
  lastMessage,
  unread,
  isMentioned: false,
  countedTo: lastMessage.Seq,
});

/** A conversation after a message that has come. A message that is counted already makes no difference to the count. */
export function afterMessage(
  conversation: Conversation,
  message: Message,
  reader: string | undefined,
): Conversation {
  const { lastMessage, countedTo, unread } = conversation;
  const isNewest = message.Seq >= (lastMessage?.Seq ?? 0);
  const isCounted = message.Seq <= countedTo;
  const isOwn = message.SenderUUID === reader;
  return {
    ...conversation,
    ...(isNewest && { lastMessage: message }),
    ...(!isCounted && { countedTo: message.Seq, unread: isOwn ? 0 : unread + 1 }),
    ...(!isCounted && isOwn && { isMentioned: false }),
  };
}
