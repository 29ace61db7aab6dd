import type { ChatClient, InboxItem } from '@parley/client';
import type { ChannelInfo, User } from '@parley/protocol';
import { type Conversation, ofGroup, ofPartner, partnerIn } from './conversation.js';

/** How far back the inbox is read for private channels. */
const EARLIER_ITEMS = 500;
/** The most private conversations of a list as it begins, at two requests each. The others come with their next message. */
const MOST_PRIVATE = 50;
/** The most groups of a list, by page of 100. */
const MOST_PAGES = 10;

/**
 * The conversations of a user: the general channel, the groups, and the private channels that something was written in. Servers list
 * no private channels, so they are found by what is in the inbox and by the contacts.
 * @throws ChatError
 */
export async function loadConversations(client: ChatClient): Promise<Conversation[]> {
  const earlier = client.earlierInboxItems(EARLIER_ITEMS);
  const [general, groups, partners, items] = await Promise.all([
    loadGeneral(client),
    loadGroups(client),
    findPartners(client, earlier),
    earlier,
  ]);
  const found = await Promise.all(partners.slice(0, MOST_PRIVATE).map((user) => loadPrivate(client, user)));
  const mentioned = mentionsIn(items);
  return [general, ...groups, ...found.filter((each) => each !== undefined)].map((each) => ({
    ...each,
    isMentioned: each.unread > 0 && mentioned.has(each.channelUUID),
  }));
}

/** The user's groups. @throws ChatError */
export async function loadGroups(client: ChatClient): Promise<Conversation[]> {
  const groups: ChannelInfo[] = [];
  let cursor: string | undefined;
  for (let pages = 0; pages < MOST_PAGES; pages += 1) {
    const page = await client.channels.list('mine', { limit: 100, ...(cursor && { cursor }) });
    groups.push(...page.channels);
    cursor = page.cursor;
    if (cursor === undefined) break;
  }
  return groups.map(ofGroup);
}

/** The general channel. To mark a channel read up to 0 marks nothing, and tells how much is unread. @throws ChatError */
export async function loadGeneral(client: ChatClient): Promise<Conversation> {
  const { channelUUID, messages } = await client.history({}, { limit: 1 });
  const [lastMessage] = messages;
  const { unread } = await client.markRead({}, 0);
  return {
    channelUUID,
    kind: 'general',
    title: '',
    target: {},
    unread,
    isMentioned: false,
    countedTo: lastMessage?.Seq ?? 0,
    ...(lastMessage && { lastMessage }),
  };
}

/** The private channel with a user; nothing if nobody has written to it. @throws ChatError */
export async function loadPrivate(
  client: ChatClient,
  { UUID: recipientUUID }: Pick<User, 'UUID'>,
): Promise<Conversation | undefined> {
  const target = { recipientUUID };
  const { messages } = await client.history(target, { limit: 1 });
  const [lastMessage] = messages;
  const partner = lastMessage && partnerIn(lastMessage, client.session?.userUUID);
  if (lastMessage === undefined || partner === undefined) return undefined;
  const { unread } = await client.markRead(target, 0);
  return ofPartner(partner, lastMessage, unread);
}

/** Those who wrote last come first. */
async function findPartners(
  client: ChatClient,
  earlier: Promise<readonly InboxItem[]>,
): Promise<Pick<User, 'UUID'>[]> {
  const [items, { contacts }] = await Promise.all([earlier, client.contacts.list()]);
  const reader = client.session?.userUUID;
  const writers = items.map((item) => writerOf(item, reader)).filter((each) => each !== undefined);
  const all = [...writers.reverse(), ...contacts];
  return [...new Map(all.map((user) => [user.UUID, user])).values()];
}

function writerOf(item: InboxItem, reader: string | undefined): User | undefined {
  return item.kind === 'message' && item.message ? partnerIn(item.message, reader) : undefined;
}

/** The channels that mention the user after what the user has read. */
function mentionsIn(items: readonly InboxItem[]): ReadonlySet<string> {
  const read = new Map<string, number>();
  const mentioned = new Map<string, number>();
  for (const item of items) {
    if (item.kind === 'read') read.set(item.channelUUID, item.readSeq);
    if (item.kind === 'mention') mentioned.set(item.channelUUID, item.messageSeq);
  }
  const isUnread = ([channelUUID, seq]: [string, number]) => seq > (read.get(channelUUID) ?? 0);
  return new Set([...mentioned].filter(isUnread).map(([channelUUID]) => channelUUID));
}
