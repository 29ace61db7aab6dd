import type { ChatClient, InboxItem } from '@parley/client';
import type { ChannelInfo, Message, User } from '@parley/protocol';
import type { People } from '@parley/react';
import type { Api } from '../api.js';
import { Store } from '../store.js';
import {
  afterChanged,
  afterMessage,
  afterRead,
  type Conversation,
  conversationOf,
  withGroup,
} from './conversation.js';
import type { KnownPartners } from './known-partners.js';
import { keyOf, type Place, targetOf } from './place.js';
import { ReadMarks } from './read-marks.js';

/** The user's conversations by their keys. */
export interface ConversationList {
  readonly status: 'loading' | 'ready' | 'failed';
  readonly all: ReadonlyMap<string, Conversation>;
}

/** Something that the user may want to be told. */
export type News =
  | { readonly kind: 'message'; readonly conversation: Conversation; readonly message: Message }
  | { readonly kind: 'invited'; readonly conversation: Conversation }
  | { readonly kind: 'removed'; readonly title: string }
  /** The user may not write in a group, until then; without it, the user may again. */
  | { readonly kind: 'muted'; readonly title: string; readonly until?: string | undefined };

/** What the list is made of. */
export interface Sources {
  readonly client: ChatClient;
  readonly api: Api;
  readonly people: People;
  readonly partners: KnownPartners;
  readonly me: User;
  readonly tell: (news: News) => void;
}

const GENERAL: Place = { kind: 'general' };

/**
 * The user's conversations: the general channel, the groups, and the private ones with people whom this browser or the inbox knows.
 * All are followed, so that the list shows what is new in each. What is unread follows from messages and from positions of reading.
 *
 * This file is long because each kind of event has its line here, and they share one state.
 */
export class Conversations {
  readonly list = new Store<ConversationList>({ status: 'loading', all: new Map() });
  private readonly marks: ReadMarks;
  private generalUUID: string | undefined;

  constructor(private readonly from: Sources) {
    this.marks = new ReadMarks(from.client);
    const { client } = from;
    client.on('message', ({ message }) => this.receive(message));
    client.on(
      'change',
      ({ message }) => message && this.change(this.keyOfMessage(message), afterChanged, message),
    );
    client.on('group', ({ news }) => {
      if (news.type === 'channelMute') this.muted(news.channelMute);
      void this.refreshGroup((news as unknown as GroupPayloads)[news.type]!.channelUUID);
    });
    client.on('read', ({ channelUUID, userUUID, seq }) => {
      if (userUUID === from.me.UUID) this.readElsewhere(channelUUID, seq);
    });
    client.on('inboxItem', (item) => void this.receiveItem(item));
    client.on('inboxReload', () => void this.load());
    client.on('reload', ({ channelUUID, now }) => this.reloaded(channelUUID, now !== undefined));
  }

  get(key: string): Conversation | undefined {
    return this.list.get().all.get(key);
  }

  /** How many conversations have something new. */
  get unread(): number {
    return [...this.list.get().all.values()].filter(({ unread }) => unread > 0).length;
  }

  /** Reads the list. @param isNewcomer what was said before the user came does not count as unread. */
  async load(isNewcomer = false): Promise<void> {
    try {
      // Before the lists are read: what comes from here on is told.
      await this.from.client.inbox();
      await this.follow(GENERAL, 'General');
      if (isNewcomer) this.markRead(keyOf(GENERAL));
      const groups = await this.groups();
      for (const group of groups) this.putGroup(group);
      const partners = await this.from.partners.read();
      for (const partner of partners) this.from.people.mention(partner);
      const places = partners.map(({ UUID, Username }) => ({
        place: { kind: 'private', partner: UUID } as const,
        Username,
      }));
      await Promise.all([
        ...groups.map(({ channelUUID }) => this.from.client.subscribe({ channelUUID })),
        ...places.map(({ place, Username }) => this.follow(place, this.titleOf(place, Username))),
      ]);
      this.list.update(({ all }) => ({ status: 'ready', all }));
    } catch {
      this.list.update((now) => (now.status === 'ready' ? now : { ...now, status: 'failed' }));
    }
  }

  /** Puts a conversation on the list that the user has chosen. @returns whether there is such a thing. */
  async open(place: Place): Promise<boolean> {
    if (this.get(keyOf(place))) return true;
    try {
      if (place.kind === 'group') return await this.addGroup(place.channelUUID);
      if (place.kind === 'general') return true;
      const { people, partners } = this.from;
      const partner = people.get(place.partner) ?? (await people.find(place.partner));
      if (partner === undefined) return false;
      await this.follow(place, this.titleOf(place, partner.Username));
      partners.add(partner.UUID, partner.Username);
      return true;
    } catch {
      return false;
    }
  }

  /** The user looks at the end of this conversation, or at none. */
  look(key: string | undefined): void {
    this.marks.look(key);
    if (key !== undefined) this.markRead(key);
  }

  /** Becomes a member of a public group. */
  async join(channelUUID: string): Promise<void> {
    await this.from.client.subscribe({ channelUUID });
    await this.addGroup(channelUUID);
  }

  putGroup(group: ChannelInfo): void {
    const place: Place = { kind: 'group', channelUUID: group.channelUUID };
    const key = keyOf(place);
    this.put(withGroup(this.get(key) ?? conversationOf(place, key, group.name), group));
  }

  remove(key: string): void {
    this.list.update(({ status, all }) => {
      const others = new Map(all);
      others.delete(key);
      return { status, all: others };
    });
  }

  private async groups(): Promise<readonly ChannelInfo[]> {
    const groups: ChannelInfo[] = [];
    let cursor: string | undefined;
    do {
      const page = await this.from.client.channels.list('mine', { limit: 100, ...(cursor && { cursor }) });
      groups.push(...page.channels);
      cursor = page.cursor;
    } while (cursor !== undefined && groups.length < MOST_GROUPS);
    return groups;
  }

  /** Follows a channel and reads its newest message, and what is unread there. */
  private async follow(place: Place, title: string): Promise<void> {
    const { client, me } = this.from;
    const [key, target] = [keyOf(place), targetOf(place)];
    const { channelUUID } = await client.subscribe(target);
    if (place.kind === 'general') this.generalUUID = channelUUID;
    const last = (await client.history(target, { limit: 1 })).messages.at(-1);
    const isNew = last !== undefined && last.SenderUUID !== me.UUID;
    const read = client.reads(target).get(me.UUID) ?? 0;
    const unread = isNew && last.Seq > read ? (await client.markRead(target, 0)).unread : 0;
    const now = this.get(key) ?? conversationOf(place, key, title);
    const isOlder = last !== undefined && last.Seq < now.newestSeq;
    this.put({ ...now, channelUUID, ...(last && !isOlder && { last, newestSeq: last.Seq, unread }) });
  }

  private async addGroup(channelUUID: string): Promise<boolean> {
    const group = await this.from.api.group(channelUUID);
    if (group.role === 'outsider' || group.role === 'banned') return false;
    this.putGroup(group);
    await this.from.client.subscribe({ channelUUID });
    return true;
  }

  private async refreshGroup(channelUUID: string): Promise<void> {
    if (!this.get(keyOf({ kind: 'group', channelUUID }))) return;
    // What the user may not read any more is taken from the list by another event.
    const group = await this.from.api.group(channelUUID).catch(() => undefined);
    if (group && this.get(keyOf({ kind: 'group', channelUUID }))) this.putGroup(group);
  }

  private receive(message: Message): void {
    const { me, people, partners } = this.from;
    const key = this.keyOfMessage(message);
    const before = this.get(key);
    if (before === undefined || message.Seq <= before.newestSeq) return;
    const isLooking = this.marks.isLooking(key);
    const conversation = afterMessage(before, message, { userUUID: me.UUID, isLooking });
    this.put(conversation);
    if (before.place.kind === 'private')
      partners.add(before.place.partner, people.get(before.place.partner)?.Username ?? before.title);
    if (message.SenderUUID === me.UUID) return;
    if (isLooking) this.marks.mark(key, targetOf(before.place), message.Seq);
    this.from.tell({ kind: 'message', conversation, message });
  }

  private async receiveItem(item: InboxItem): Promise<void> {
    const group = { kind: 'group', channelUUID: item.channelUUID } as const;
    if (item.kind === 'read') this.readElsewhere(item.channelUUID, item.readSeq);
    if (item.kind === 'kick') this.removed(keyOf(group));
    if (item.kind === 'invite' && (await this.open(group)))
      this.from.tell({ kind: 'invited', conversation: this.get(keyOf(group))! });
    if ((item.kind === 'message' || item.kind === 'mention') && item.message)
      await this.takeMessage(item.message);
    this.from.partners.reached(this.from.client.inboxPosition);
  }

  /** A message of a conversation that may not be on the list yet. */
  private async takeMessage(message: Message): Promise<void> {
    const key = this.keyOfMessage(message);
    if (this.get(key)) return this.receive(message);
    if (!message.RecipientUUID)
      return void (await this.open({ kind: 'group', channelUUID: message.ChannelUUID }));
    const place: Place = { kind: 'private', partner: message.SenderUUID };
    this.put({ ...conversationOf(place, key, message.Sender.Username), channelUUID: message.ChannelUUID });
    this.receive(message);
    await this.from.client.subscribe(targetOf(place)).catch(() => undefined);
  }

  private readElsewhere(channelUUID: string, seq: number): void {
    const known = [...this.list.get().all.values()].find((each) => each.channelUUID === channelUUID);
    if (known === undefined || known.unread === 0) return;
    if (seq >= known.newestSeq) {
      this.put(afterRead(known, seq));
      return;
    }
    void this.from.client.markRead({ channelUUID }, 0).then(
      ({ unread }) => this.change(known.key, (now) => afterRead(now, seq, unread)),
      () => undefined, // what is unread stays as it was
    );
  }

  private markRead(key: string): void {
    const conversation = this.get(key);
    if (conversation === undefined || !this.marks.isDue(conversation)) return;
    this.marks.mark(key, targetOf(conversation.place), conversation.newestSeq);
    this.put(afterRead(conversation, conversation.newestSeq));
  }

  private reloaded(channelUUID: string, isOpen: boolean): void {
    const known = [...this.list.get().all.values()].find((each) => each.channelUUID === channelUUID);
    if (known === undefined) return;
    if (isOpen) void this.follow(known.place, known.title).catch(() => undefined);
    else if (known.place.kind === 'group') this.removed(known.key);
  }

  private muted({ channelUUID, userUUID, mutedUntil: until }: Muting): void {
    const group = this.get(keyOf({ kind: 'group', channelUUID }));
    if (group && userUUID === this.from.me.UUID) this.from.tell({ kind: 'muted', title: group.title, until });
  }

  private removed(key: string): void {
    const title = this.get(key)?.title;
    if (title === undefined) return;
    this.remove(key);
    this.from.tell({ kind: 'removed', title });
  }

  private keyOfMessage({ RecipientUUID, SenderUUID, ChannelUUID }: Message): string {
    const { me } = this.from;
    if (RecipientUUID)
      return keyOf({ kind: 'private', partner: SenderUUID === me.UUID ? RecipientUUID : SenderUUID });
    return ChannelUUID === this.generalUUID
      ? keyOf(GENERAL)
      : keyOf({ kind: 'group', channelUUID: ChannelUUID });
  }

  private titleOf(place: Place, username: string): string {
    return place.kind === 'private' && place.partner === this.from.me.UUID ? 'Notes to myself' : username;
  }

  private change<A extends unknown[]>(
    key: string,
    change: (now: Conversation, ...rest: A) => Conversation,
    ...rest: A
  ) {
    const now = this.get(key);
    if (now !== undefined) this.put(change(now, ...rest));
  }

  private put(conversation: Conversation): void {
    if (this.get(conversation.key) === conversation) return;
    this.list.update(({ status, all }) => ({
      status,
      all: new Map(all).set(conversation.key, conversation),
    }));
  }
}

/** A connection follows at most 256 channels: the rest is for private ones. */
const MOST_GROUPS = 120;

interface Muting {
  readonly channelUUID: string;
  readonly userUUID: string;
  readonly mutedUntil?: string | undefined;
}

/** News of a group are under the name of their type. */
type GroupPayloads = Readonly<Record<string, { readonly channelUUID: string } | undefined>>;
