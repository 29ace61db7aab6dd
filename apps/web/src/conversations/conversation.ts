import type { ChannelInfo, Message } from '@parley/protocol';
import type { Place } from './place.js';

/** One row of the list. */
export interface Conversation {
  readonly key: string;
  readonly place: Place;
  readonly title: string;
  /** Known once the server has answered about it. */
  readonly channelUUID?: string;
  /** Of a group. */
  readonly group?: ChannelInfo;
  /** The newest message. */
  readonly last?: Message;
  /** The newest message's Seq that counts: higher ones are new. */
  readonly newestSeq: number;
  /** Messages of others after what the user has read. */
  readonly unread: number;
  /** One of the unread messages names the user. */
  readonly isMentioned: boolean;
}

export const conversationOf = (place: Place, key: string, title: string): Conversation => ({
  ...{ key, place, title },
  ...{ newestSeq: 0, unread: 0, isMentioned: false },
});

/** What matters of the reader when a message comes. */
export interface Reader {
  readonly userUUID: string;
  /** The conversation is on the screen, at its end, before a user who looks. */
  readonly isLooking: boolean;
}

/** After a message, which may come twice: live and as an item of the inbox. */
export function afterMessage(now: Conversation, message: Message, reader: Reader): Conversation {
  if (message.Seq <= now.newestSeq) return now;
  const isOwn = message.SenderUUID === reader.userUUID;
  const isRead = isOwn || reader.isLooking;
  const isNamed = message.mentions?.some(({ userUUID }) => userUUID === reader.userUUID) ?? false;
  return {
    ...now,
    last: message,
    newestSeq: message.Seq,
    unread: isRead ? 0 : now.unread + 1,
    isMentioned: !isRead && (now.isMentioned || isNamed),
  };
}

/** After an edit or a deletion of what may be the newest message. */
export function afterChanged(now: Conversation, message: Message): Conversation {
  return now.last?.UUID === message.UUID ? { ...now, last: message } : now;
}

/** After the user has read up to `seq`, on whatever device. `unread`: what is left, if it is known. */
export function afterRead(now: Conversation, seq: number, unread?: number): Conversation {
  const left = seq >= now.newestSeq ? 0 : (unread ?? now.unread);
  if (left === now.unread && (left > 0 || !now.isMentioned)) return now;
  return { ...now, unread: left, isMentioned: left > 0 && now.isMentioned };
}

/** After what the server says about the group. */
export function withGroup(now: Conversation, group: ChannelInfo): Conversation {
  const isNewer = group.seq >= now.newestSeq;
  return {
    ...{ ...now, group, title: group.name, channelUUID: group.channelUUID },
    ...(isNewer && {
      unread: group.unread,
      newestSeq: group.seq,
      ...(group.lastMessage && { last: group.lastMessage }),
    }),
  };
}

/** When something last happened in it, in ms since 1970; 0 if nobody has written. */
const movedAt = ({ last }: Conversation): number => (last ? Date.parse(last.CreatedAt) : 0);

/** The newest first, and by title where nobody has written. */
export const inOrder = (conversations: Iterable<Conversation>): readonly Conversation[] =>
  [...conversations].sort((a, b) => movedAt(b) - movedAt(a) || a.title.localeCompare(b.title));

/** The one line that shows what was said last. */
export function previewOf({ last, place }: Conversation, me: string): string {
  if (last === undefined) return place.kind === 'general' ? 'Everyone is here' : 'No messages yet';
  const text =
    last.deletedAt === undefined ? last.Message.replace(/\s+/g, ' ').slice(0, 120) : 'Message deleted';
  if (last.SenderUUID === me) return `You: ${text}`;
  return place.kind === 'private' ? text : `${last.Sender.Username}: ${text}`;
}
