import type { ChatClient, ChatError, InboxItem, Target } from '@parley/client';
import type { ChannelInfo, Message } from '@parley/protocol';
import { type Conversation, ofGeneral, ofGroup, ofPartner, partnerIn } from './conversation.js';
import type { Follower } from './follower.js';
import type { KnownPartners, Partner } from './known-partners.js';

/** How far back the inbox is read for private channels. */
const EARLIER_ITEMS = 500;
/** The most contacts whose private channels are looked into. */
const MOST_CONTACTS = 50;
/** The most groups of a list, by page of 100. */
const MOST_PAGES = 10;
/** The most groups that are followed. The others are listed. */
const MOST_GROUPS = 120;

/** Refusals that say that there is no such conversation for the user. */
const CLOSED: ReadonlySet<string> = new Set(['FORBIDDEN', 'CHANNEL_NOT_FOUND', 'USER_NOT_FOUND']);

/** What conversations are loaded with. */
export interface Loading {
  readonly client: ChatClient;
  readonly follower: Follower;
  readonly partners: KnownPartners;
  /** Reads one group. Without it, the list of groups is read. */
  readonly findGroup: ((channelUUID: string) => Promise<ChannelInfo>) | undefined;
}

/**
 * The conversations of a user: the general channel, the groups, and the private channels that something was written in. Servers list
 * no private channels, so they are found by what is remembered, by what is in the inbox, and, where nothing is remembered, by the
 * contacts.
 * @param found is called with each as soon as it is there.
 * @returns the channels that mention the user after what the user has read, as far as the inbox was read.
 * @throws ChatError
 */
export async function loadConversations(
  loading: Loading,
  found: (conversation: Conversation) => void,
): Promise<ReadonlySet<string>> {
  const [items] = await Promise.all([
    loadAllPrivate(loading, found),
    loadGeneral(loading).then(found),
    loadGroups(loading.client).then((groups) => followGroups(loading, groups, found)),
  ]);
  return mentionsIn(items);
}

/** The user's groups. @throws ChatError */
export async function loadGroups(client: ChatClient): Promise<readonly ChannelInfo[]> {
  const groups: ChannelInfo[] = [];
  let cursor: string | undefined;
  for (let pages = 0; pages < MOST_PAGES; pages += 1) {
    const page = await client.channels.list('mine', { limit: 100, ...(cursor && { cursor }) });
    groups.push(...page.channels);
    cursor = page.cursor;
    if (cursor === undefined) break;
  }
  return groups;
}

/** One group; nothing if the user is no member of it. @throws ChatError, or what `findGroup` throws. */
export async function loadGroup(
  { client, follower, findGroup }: Loading,
  channelUUID: string,
): Promise<Conversation | undefined> {
  const group =
    findGroup === undefined
      ? (await loadGroups(client)).find((each) => each.channelUUID === channelUUID)
      : await findGroup(channelUUID);
  if (group === undefined || group.role === 'outsider' || group.role === 'banned') return undefined;
  await follower.follow({ channelUUID });
  return ofGroup(group);
}

/** The general channel. @throws ChatError */
export async function loadGeneral({ client, follower }: Loading): Promise<Conversation> {
  await follower.follow({});
  const { channelUUID, messages } = await client.history({}, { limit: 1 });
  const last = messages.at(-1);
  return ofGeneral(channelUUID, last, await unreadOf(client, {}, last));
}

/** The private channel with a user, as it is, whether somebody has written to it or not. @throws ChatError */
export async function loadPrivate({ client, follower }: Loading, partner: Partner): Promise<Conversation> {
  const target = { recipientUUID: partner.UUID };
  await follower.follow(target);
  const { channelUUID, messages } = await client.history(target, { limit: 1 });
  const last = messages.at(-1);
  const named = last && partnerIn(last, client.session?.userUUID);
  // A partner without a name has been deleted: the remembered name says more.
  const known = named?.Username ? named : { ...partner, OnLine: false };
  return ofPartner(known, channelUUID, last, await unreadOf(client, target, last));
}

async function followGroups(
  { follower }: Loading,
  groups: readonly ChannelInfo[],
  found: (conversation: Conversation) => void,
): Promise<void> {
  for (const group of groups) found(ofGroup(group));
  const followed = groups.slice(0, MOST_GROUPS).map(({ channelUUID }) => follower.follow({ channelUUID }));
  await Promise.all(followed.map(unlessClosed));
}

/** @returns the items of the inbox by which they were found. */
async function loadAllPrivate(
  loading: Loading,
  found: (conversation: Conversation) => void,
): Promise<readonly InboxItem[]> {
  const { client, partners } = loading;
  const isFirst = partners.position === undefined;
  const upTo = client.inboxPosition;
  const items = await newItems(client, partners);
  const reader = client.session?.userUUID;
  for (const item of items) {
    const writer = item.kind === 'message' && item.message ? partnerIn(item.message, reader) : undefined;
    if (writer !== undefined) partners.add(writer);
  }
  const known = partners.list();
  const others = isFirst ? await contactsBeside(client, known) : [];
  await Promise.all([
    ...known.map((partner) => loadIfOpen(loadPrivate(loading, partner), found)),
    ...others.map((partner) => loadIfOpen(loadWritten(loading, partner), found)),
  ]);
  partners.reached(upTo);
  return items;
}

/** Those which the inbox has brought since it was read last; where nothing says since when, the newest. */
async function newItems(client: ChatClient, { position }: KnownPartners): Promise<readonly InboxItem[]> {
  const now = client.inboxPosition;
  const isSame = position !== undefined && position.epoch === now?.epoch;
  const most = isSame ? Math.min(now.seq - position.seq, EARLIER_ITEMS) : EARLIER_ITEMS;
  return most > 0 ? client.earlierInboxItems(most) : [];
}

/** Where nothing is remembered, somebody to whom the user alone has written may be a contact. */
async function contactsBeside(client: ChatClient, known: readonly Partner[]): Promise<readonly Partner[]> {
  const { contacts } = await client.contacts.list();
  return contacts.filter(({ UUID }) => !known.some((each) => each.UUID === UUID)).slice(0, MOST_CONTACTS);
}

/** The private channel with a user, if something was written there. */
async function loadWritten(loading: Loading, partner: Partner): Promise<Conversation | undefined> {
  const { messages } = await loading.client.history({ recipientUUID: partner.UUID }, { limit: 1 });
  if (messages.length === 0) return undefined;
  loading.partners.add(partner);
  return loadPrivate(loading, partner);
}

async function loadIfOpen(
  load: Promise<Conversation | undefined>,
  found: (conversation: Conversation) => void,
): Promise<void> {
  const conversation = await unlessClosed(load);
  if (conversation !== undefined) found(conversation);
}

/** A partner may be gone, and a group be closed meanwhile. */
async function unlessClosed<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (!CLOSED.has((error as ChatError).name)) throw error;
    return undefined;
  }
}

/** To mark a channel read up to 0 marks nothing, and tells how much is unread. */
async function unreadOf(client: ChatClient, target: Target, last: Message | undefined): Promise<number> {
  const reader = client.session?.userUUID ?? '';
  const isRead = last === undefined || last.SenderUUID === reader;
  if (isRead || last.Seq <= (client.reads(target).get(reader) ?? 0)) return 0;
  return (await client.markRead(target, 0)).unread;
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
