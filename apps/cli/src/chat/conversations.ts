import type { InboxItem, Target } from '@parley/client';
import type { ChannelInfo, Message, User } from '@parley/protocol';
import { plainLine } from '../output/plain-text.js';
import { GENERAL, groupTitle, type Place } from '../session/places.js';

/** The most Seqs of unread messages that a conversation remembers. */
const MOST_SEQS = 1000;

/** A channel in the list of the full screen. */
export interface Conversation {
  /** `general`, a group's id, or `@` and the partner's id. */
  readonly id: string;
  readonly title: string;
  readonly target: Target;
  /** Known once the channel was opened, or something of it has come. */
  readonly channelUUID?: string | undefined;
  readonly unread: number;
  /** Somebody has mentioned the reader in what is unread. */
  readonly isMentioned: boolean;
  /** The newest message that is counted or read. */
  readonly newest: number;
  /** Up to this Seq the server has counted what is unread, and after it `seqs` has each unread message. */
  readonly base: number;
  readonly seqs: readonly number[];
}

/** The conversations in the order of the list: general, the groups, then people, by name. */
export type Conversations = readonly Conversation[];

const none = { unread: 0, isMentioned: false, newest: 0, base: 0, seqs: [] } as const;

export const GENERAL_ID = GENERAL.title;

export const onlyGeneral: Conversations = [{ ...GENERAL, ...none, id: GENERAL_ID }];

/** The conversation with a user. */
export const withUser = ({ UUID, Username }: Pick<User, 'UUID' | 'Username'>): Conversation => ({
  ...none,
  id: `@${UUID}`,
  title: plainLine(Username),
  target: { recipientUUID: UUID },
});

/** The conversation of a group. */
export const ofGroup = (group: ChannelInfo): Conversation => ({
  ...none,
  id: group.channelUUID,
  title: groupTitle(group),
  target: { channelUUID: group.channelUUID },
  channelUUID: group.channelUUID,
  unread: group.unread,
  newest: group.seq,
  base: group.seq,
});

/** The conversation at a place, before anything is known of it. */
export function ofPlace({ target, title }: Place): Conversation {
  const { recipientUUID, channelUUID } = target;
  if (recipientUUID !== undefined) return withUser({ UUID: recipientUUID, Username: title });
  return { ...none, id: channelUUID ?? GENERAL_ID, title, target, channelUUID };
}

const rankOf = ({ id }: Conversation): number => (id === GENERAL_ID ? 0 : id.startsWith('@') ? 2 : 1);

const inOrder = (list: readonly Conversation[]): Conversations =>
  list.toSorted((a, b) => rankOf(a) - rankOf(b) || a.title.localeCompare(b.title) || (a.id < b.id ? -1 : 1));

/** Adds a conversation unless it is there. */
export const added = (list: Conversations, conversation: Conversation): Conversations =>
  list.some(({ id }) => id === conversation.id) ? list : inOrder([...list, conversation]);

/** The groups are these: new ones come, others go, and their unread counts are as the server has them. */
export function withGroups(list: Conversations, groups: readonly ChannelInfo[]): Conversations {
  const others = list.filter((each) => rankOf(each) !== 1);
  return inOrder([...others, ...groups.map(ofGroup)]);
}

export const without = (list: Conversations, id: string): Conversations =>
  list.filter((each) => each.id !== id);

export const changed = (list: Conversations, id: string, fields: Partial<Conversation>): Conversations =>
  list.map((each) => (each.id === id ? { ...each, ...fields } : each));

/** Which conversation a channel is, if it is in the list. */
export const ofChannel = (list: Conversations, channelUUID: string): Conversation | undefined =>
  list.find((each) => each.channelUUID === channelUUID);

/** The conversation that a message belongs to, added to the list if it is a new one with a user. */
export function placed(
  list: Conversations,
  message: Message,
  reader: string,
): readonly [Conversations, Conversation | undefined] {
  const { RecipientUUID, Recipient, Sender, ChannelUUID } = message;
  if (RecipientUUID === '') return [list, ofChannel(list, ChannelUUID)];
  const partner = Sender.UUID === reader ? Recipient : Sender;
  if (partner === undefined) return [list, undefined];
  const all = added(list, { ...withUser(partner), channelUUID: ChannelUUID });
  const { id } = withUser(partner);
  const known = changed(all, id, { channelUUID: ChannelUUID });
  return [known, known.find((each) => each.id === id)];
}

/** A message has come. It counts as unread unless the reader wrote it; which one was counted before does not count twice. */
export function withMessage(
  list: Conversations,
  message: Message,
  reader: string,
  isMention = false,
): Conversations {
  const [all, conversation] = placed(list, message, reader);
  if (conversation === undefined) return list;
  const { id, newest, unread, seqs, isMentioned } = conversation;
  if (isMention && message.Seq <= newest && unread > 0) return changed(all, id, { isMentioned: true });
  if (message.Seq <= newest) return all;
  if (message.SenderUUID === reader)
    return changed(all, id, { newest: message.Seq, unread: 0, seqs: [], isMentioned: false });
  return changed(all, id, {
    newest: message.Seq,
    unread: unread + 1,
    seqs: [...seqs, message.Seq].slice(-MOST_SEQS),
    isMentioned: isMentioned || isMention,
  });
}

/** The reader has read a channel up to a Seq, here or elsewhere. */
export function withRead(list: Conversations, channelUUID: string, seq: number): Conversations {
  const conversation = ofChannel(list, channelUUID);
  if (conversation === undefined) return list;
  // Below that, only the server can tell how many are left.
  if (seq < conversation.base) return list;
  const seqs = conversation.seqs.filter((each) => each > seq);
  const isMentioned = conversation.isMentioned && seqs.length > 0;
  return changed(list, conversation.id, { unread: seqs.length, seqs, isMentioned });
}

/** An item of the inbox has come. */
export function withItem(list: Conversations, item: InboxItem, reader: string): Conversations {
  switch (item.kind) {
    case 'message':
    case 'mention':
      return item.message === undefined
        ? list
        : withMessage(list, item.message, reader, item.kind === 'mention');
    case 'read':
      return withRead(list, item.channelUUID, item.readSeq);
    case 'kick':
      return without(list, item.channelUUID);
    default:
      return list;
  }
}
