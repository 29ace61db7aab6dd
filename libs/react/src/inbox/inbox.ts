import type { ChatClient, ChatError, ClientEvents, InboxItem, Target } from '@parley/client';
import type { ChannelInfo, Message, ServerFrame } from '@parley/protocol';
import { type ChannelRef, targetOf } from '../shared/channel-ref.js';
import { Listening } from '../shared/listening.js';
import type { Running } from '../shared/shared.js';
import type { Source } from '../shared/source.js';
import {
  afterMessage,
  afterRead,
  type Conversation,
  merged,
  ofGroup,
  ofPartner,
  partnerIn,
} from './conversation.js';
import { ConversationList } from './conversation-list.js';
import { Follower } from './follower.js';
import type { InboxNews, InboxOptions, InboxView } from './inbox-view.js';
import { KnownPartners } from './known-partners.js';
import {
  type Loading,
  loadConversations,
  loadGeneral,
  loadGroup,
  loadPrivate,
} from './load-conversations.js';
import { ReadMarks } from './read-marks.js';
import { Refresher } from './refresher.js';

/**
 * Keeps the list of conversations as it is after each item of the inbox, and each message of a channel that the client holds.
 *
 * This file is long because each kind of event has its line here, and they share one state.
 */
export class Inbox implements Running {
  private readonly list = new ConversationList();
  private readonly loading: Loading;
  private readonly refresher: Refresher;
  private readonly marks: ReadMarks;
  /** Counts the loads. One that another has overtaken changes nothing. */
  private loads = 0;
  /** Channels that something happened in while the list is loaded: what was read of them may be older. */
  private touched: Set<string> | undefined;
  /** Groups that somebody has made the user a member of, until they are read. */
  private readonly invitations = new Set<string>();
  /** The channel whose newest message is before the user's eyes. */
  private lookedAt: string | undefined;
  private readonly listeners = new Set<(news: InboxNews) => void>();
  private readonly listening = new Listening(() => this.listen());

  constructor(
    private readonly client: ChatClient,
    private readonly options: InboxOptions = {},
  ) {
    this.loading = {
      client,
      follower: new Follower(client, options.followsAll ?? false),
      partners: new KnownPartners(options.storage, () => client.session?.userUUID),
      findGroup: options.findGroup,
    };
    this.marks = new ReadMarks(client);
    this.refresher = new Refresher(
      this.loading,
      (channelUUID) => this.list.get(channelUUID),
      (found) => this.refreshed(found),
    );
  }

  get view(): Source<InboxView> {
    return this.list.view;
  }

  /**
   * Begins to listen to the client, and loads the list. May be called by several; each then calls `stop`. For the first of them, it resolves
   * when the list is there, or has failed.
   */
  async start(): Promise<void> {
    if (this.listening.start() && this.client.state !== 'offline') await this.load();
  }

  stop(): void {
    if (this.listening.stop()) this.forget();
  }

  /** Tells what the user may want to be told. @returns a function that removes the listener. */
  onNews(listener: (news: InboxNews) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** A conversation of the list. */
  find = (channel: ChannelRef): Conversation | undefined => this.list.find(channel);

  /** Loads the list again. Resolves when it is there, or has failed. */
  load = async (): Promise<void> => {
    this.loads += 1;
    const load = this.loads;
    const touched = new Set<string>();
    const found = new Set<string>();
    this.touched = touched;
    this.list.becomes('loading');
    try {
      await this.client.inbox();
      const mentioned = await loadConversations(this.loading, (conversation) => {
        if (load !== this.loads) return;
        found.add(conversation.channelUUID);
        this.list.put(conversation);
      });
      if (load !== this.loads) return;
      this.touched = undefined;
      this.loaded(found, touched, mentioned);
    } catch (error) {
      if (load !== this.loads) return;
      this.touched = undefined;
      this.list.becomes('failed', error as ChatError);
    }
  };

  /**
   * Puts a conversation on the list that the user has chosen: with somebody to whom nobody has written yet, or of a group.
   * @returns it, or nothing if there is none for the user, or none can be read.
   */
  open = async (channel: ChannelRef): Promise<Conversation | undefined> => {
    const known = this.find(channel);
    if (known !== undefined) return known;
    try {
      const opened = await this.read(targetOf(channel));
      if (opened !== undefined) this.refreshed(opened);
      return opened && this.list.get(opened.channelUUID);
    } catch {
      return undefined;
    }
  };

  /**
   * Says that the newest message of a channel is before the user's eyes, as long as that is so; without a channel, that none is. What is
   * before them is read as it comes, unless the page is hidden.
   */
  look = (channel?: ChannelRef): void => {
    const known = channel === undefined ? undefined : this.find(channel);
    this.lookedAt = known?.channelUUID;
    if (known !== undefined && isPageSeen()) this.markRead(known.target);
  };

  /** Marks all of a channel read that has come so far. */
  markRead = (channel: ChannelRef): void => {
    const known = this.find(channel);
    if (known === undefined) return;
    this.marks.mark(known.channelUUID, known.target, known.countedTo);
    this.list.change(known.channelUUID, (now) => afterRead(now, 0));
  };

  private listen(): (() => void)[] {
    return [
      this.client.on('inboxItem', (item) => this.takeItem(item)),
      this.client.on('inboxReload', () => void this.load()),
      this.client.on('message', ({ message }) => this.takeMessage(message)),
      this.client.on('change', (change) => this.takeChange(change)),
      this.client.on('group', ({ news }) => this.refreshGroup(news)),
      this.client.on('reload', (reload) => this.takeReload(reload)),
      this.client.on('frame', (frame) => this.takeFrame(frame)),
      this.client.on('state', ({ state }) => this.sessionIs(state)),
    ];
  }

  private async read({ channelUUID, recipientUUID }: Target): Promise<Conversation | undefined> {
    if (channelUUID) return loadGroup(this.loading, channelUUID);
    if (!recipientUUID) return loadGeneral(this.loading);
    const { people } = this.options;
    const partner = people?.get(recipientUUID) ?? (await people?.find(recipientUUID));
    if (partner === undefined) return undefined;
    const opened = await loadPrivate(this.loading, partner);
    this.loading.partners.add(partner);
    return opened;
  }

  private loaded(
    found: ReadonlySet<string>,
    touched: ReadonlySet<string>,
    mentioned: ReadonlySet<string>,
  ): void {
    this.list.keep((channelUUID) => found.has(channelUUID) || touched.has(channelUUID));
    for (const channelUUID of mentioned) this.list.change(channelUUID, withMention);
    this.list.becomes('ready');
    for (const channelUUID of touched) this.refresh(channelUUID);
  }

  private takeItem(item: InboxItem): void {
    const { channelUUID } = item;
    if (item.kind === 'invite') this.invitedTo(channelUUID);
    if (item.kind === 'kick') this.removed(channelUUID);
    if (item.kind === 'read') this.takeRead(channelUUID, item.readSeq);
    if (item.kind === 'message' || item.kind === 'mention') this.takeMessageItem(item);
    // What a load reads at the moment, it notes itself.
    if (this.list.status === 'ready') this.loading.partners.reached(this.client.inboxPosition);
  }

  private takeMessageItem(item: InboxItem & { readonly kind: 'message' | 'mention' }): void {
    const { channelUUID, kind, message } = item;
    if (message === undefined) this.refresh(channelUUID);
    else this.takeMessage(message);
    if (kind === 'mention') this.list.change(channelUUID, withMention);
  }

  private takeMessage(message: Message): void {
    const { ChannelUUID } = message;
    const reader = this.client.session?.userUUID;
    const partner = partnerIn(message, reader);
    this.touched?.add(ChannelUUID);
    const known = this.list.get(ChannelUUID) ?? (partner && ofPartner(partner, ChannelUUID, undefined, 0));
    if (partner?.Username) this.loading.partners.add(partner);
    if (known === undefined) this.refresh(ChannelUUID);
    else this.counts(known, message, message.SenderUUID === reader);
  }

  private counts(known: Conversation, message: Message, isOwn: boolean): void {
    const { channelUUID, target } = known;
    const userUUID = this.client.session?.userUUID;
    const isLooking = this.isLookedAt(channelUUID);
    const isFirst = this.list.get(channelUUID) === undefined;
    const conversation = afterMessage(known, message, { userUUID, isLooking });
    this.list.put(conversation);
    if (isFirst) this.follow(conversation);
    if (isOwn || message.Seq <= known.countedTo) return;
    if (isLooking) this.marks.mark(channelUUID, target, message.Seq);
    this.tell({ kind: 'message', conversation, message });
  }

  private isLookedAt = (channelUUID: string): boolean => this.lookedAt === channelUUID && isPageSeen();

  /** On another device, or on this one. */
  private takeRead(channelUUID: string, seq: number): void {
    const known = this.list.get(channelUUID);
    if (known === undefined) return;
    if (seq >= known.countedTo) this.list.change(channelUUID, (each) => afterRead(each, 0));
    // The answer says how much is left, and comes as a frame.
    else if (known.unread > 0) this.client.markRead(known.target, 0).catch(() => undefined);
  }

  private takeChange({ message }: ClientEvents['change']): void {
    if (message === undefined) return;
    this.list.change(message.ChannelUUID, (known) =>
      known.lastMessage?.UUID === message.UUID ? { ...known, lastMessage: message } : known,
    );
  }

  /** Messages may be missing, or the channel is no longer open to the user. */
  private takeReload({ channelUUID, now }: ClientEvents['reload']): void {
    const known = this.list.get(channelUUID);
    if (known === undefined) return;
    if (now === undefined) {
      this.loading.follower.end(known.target);
      if (known.kind === 'group') this.removed(channelUUID);
      return;
    }
    // The history may have begun anew, and its numbers with it.
    if (now.seq < known.countedTo) {
      this.marks.forget(channelUUID);
      this.list.change(channelUUID, (each) => ({ ...each, countedTo: 0 }));
    }
    this.refresh(channelUUID);
  }

  /** What this client has done, and what happens to groups. */
  private takeFrame(frame: ServerFrame): void {
    switch (frame.type) {
      case 'channelRead':
        this.isRead(frame.channelRead);
        break;
      case 'channelCreate':
        this.created(frame.channelCreate.channel);
        break;
      case 'channelSet':
        this.isNow(frame.channelSet.channel);
        break;
      case 'subscribed':
        this.follows(frame.subscribed.channelUUID);
        break;
      case 'channelJoin':
        this.follows(frame.channelJoin.channelUUID);
        break;
      case 'channelKick':
        this.isOut(frame.channelKick);
        break;
      case 'sys':
        if (frame.sys.type === 'channelSet') this.refresh(frame.sys.channelSet.channelUUID);
    }
  }

  private isRead({ channelUUID, unread }: { readonly channelUUID: string; readonly unread: number }): void {
    // What has come since is before the user's eyes as well, and marked by another request.
    if (!this.isLookedAt(channelUUID)) this.list.change(channelUUID, (known) => afterRead(known, unread));
  }

  private created(group: ChannelInfo): void {
    const conversation = ofGroup(group);
    this.list.put(conversation);
    this.follow(conversation);
  }

  private isNow(group: ChannelInfo): void {
    this.list.change(group.channelUUID, (known) => ({
      ...known,
      title: group.name,
      group: { ...known.group, ...group },
    }));
  }

  /** A held group or its members have changed. */
  private refreshGroup(news: ClientEvents['group']['news']): void {
    const payloads = news as unknown as Record<string, { readonly channelUUID: string } | undefined>;
    const channelUUID = payloads[news.type]?.channelUUID ?? '';
    if (this.list.get(channelUUID) !== undefined) this.refresh(channelUUID);
  }

  /** Who follows a public group has become a member of it. */
  private follows(channelUUID: string): void {
    const isKnown = this.list.get(channelUUID) !== undefined || this.loading.follower.follows(channelUUID);
    if (!isKnown) this.refresh(channelUUID);
  }

  /** A user who quits counts as kicked by themselves. */
  private isOut({
    channelUUID,
    userUUID,
  }: {
    readonly channelUUID: string;
    readonly userUUID: string;
  }): void {
    if (userUUID === this.client.session?.userUUID) this.gone(channelUUID);
  }

  private invitedTo(channelUUID: string): void {
    this.invitations.add(channelUUID);
    this.refresh(channelUUID);
  }

  private removed(channelUUID: string): void {
    const conversation = this.gone(channelUUID);
    if (conversation !== undefined) this.tell({ kind: 'removed', conversation });
  }

  private gone(channelUUID: string): Conversation | undefined {
    this.invitations.delete(channelUUID);
    this.loading.follower.end({ channelUUID });
    return this.list.drop(channelUUID);
  }

  private follow({ target }: Conversation): void {
    // Where it fails, the inbox tells what comes.
    this.loading.follower.follow(target).catch(() => undefined);
  }

  private refresh(channelUUID: string): void {
    // The load that is under way sees to it at its end.
    if (this.touched !== undefined) this.touched.add(channelUUID);
    else if (this.list.status === 'ready') this.refresher.want(channelUUID);
  }

  private refreshed(read: Conversation): void {
    const conversation = merged(this.list.get(read.channelUUID), read);
    this.list.put(conversation);
    if (this.invitations.delete(read.channelUUID)) this.tell({ kind: 'invited', conversation });
  }

  private sessionIs(state: ClientEvents['state']['state']): void {
    if (state === 'offline') this.forget();
    else if (this.list.status === 'idle') void this.load();
  }

  /** The next session may be another user's. */
  private forget(): void {
    this.loads += 1;
    this.touched = undefined;
    this.lookedAt = undefined;
    this.invitations.clear();
    this.marks.clear();
    this.loading.follower.clear();
    this.list.keep(() => false);
    this.list.becomes('idle');
  }

  private tell(news: InboxNews): void {
    for (const listener of [...this.listeners]) listener(news);
  }
}

/** What is unread names the user. */
const withMention = (known: Conversation): Conversation =>
  known.unread > 0 ? { ...known, isMentioned: true } : known;

/** Whether somebody can see the page. Where there is none, as in Node, it counts as seen. */
const isPageSeen = (): boolean =>
  (globalThis as { readonly document?: { readonly visibilityState?: string } }).document?.visibilityState !==
  'hidden';
