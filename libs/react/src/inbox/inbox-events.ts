import type { ClientEvents, InboxItem } from '@parley/client';
import type { ChannelInfo, Message, ServerFrame } from '@parley/protocol';
import {
  afterMessage,
  type Conversation,
  ofGroup,
  ofPartner,
  partnerIn,
  withMention,
} from './conversation.js';
import type { ConversationList } from './conversation-list.js';
import type { InboxLoader } from './inbox-loader.js';
import type { InboxNews } from './inbox-view.js';
import type { Loading } from './load-conversations.js';
import type { Reading } from './reading.js';

/** What events change. */
export interface InboxParts {
  readonly list: ConversationList;
  readonly loading: Loading;
  readonly loader: InboxLoader;
  readonly reading: Reading;
  /** Told what the user may want to be told. */
  readonly tell: (news: InboxNews) => void;
}

/**
 * Brings a list of conversations up to date at each event of the client: items of the inbox, messages of the channels that it holds,
 * and what happens to groups.
 */
export class InboxEvents {
  private readonly list: ConversationList;
  private readonly loading: Loading;
  private readonly loader: InboxLoader;
  private readonly reading: Reading;
  private readonly tell: (news: InboxNews) => void;
  /** Groups that somebody has made the user a member of, until they are read. */
  private readonly invitations = new Set<string>();

  constructor({ list, loading, loader, reading, tell }: InboxParts) {
    this.list = list;
    this.loading = loading;
    this.loader = loader;
    this.reading = reading;
    this.tell = tell;
  }

  /** @returns a function for each listener that removes it. */
  listen(): (() => void)[] {
    const { client } = this.loading;
    return [
      client.on('inboxItem', (item) => this.takeItem(item)),
      client.on('inboxReload', () => void this.loader.load()),
      client.on('message', ({ message }) => this.takeMessage(message)),
      client.on('change', (change) => this.takeChange(change)),
      client.on('group', ({ news }) => this.refreshGroup(news)),
      client.on('reload', (reload) => this.takeReload(reload)),
      client.on('frame', (frame) => this.takeFrame(frame)),
    ];
  }

  /** A conversation was read: the user is told of it, if somebody has invited the user to it. */
  wasRead(conversation: Conversation): void {
    if (this.invitations.delete(conversation.channelUUID)) this.tell({ kind: 'invited', conversation });
  }

  clear(): void {
    this.invitations.clear();
  }

  private takeItem(item: InboxItem): void {
    const { channelUUID } = item;
    if (item.kind === 'invite') this.invitedTo(channelUUID);
    if (item.kind === 'kick') this.removed(channelUUID);
    if (item.kind === 'read') this.reading.readTo(channelUUID, item.readSeq);
    if (item.kind === 'message' || item.kind === 'mention') this.takeMessageItem(item);
    // What a load reads at the moment, it notes itself.
    if (this.list.status === 'ready') this.loading.partners.reached(this.loading.client.inboxPosition);
  }

  private takeMessageItem(item: InboxItem & { readonly kind: 'message' | 'mention' }): void {
    const { channelUUID, kind, message } = item;
    if (message === undefined) this.loader.refresh(channelUUID);
    else this.takeMessage(message);
    if (kind === 'mention') this.list.change(channelUUID, withMention);
  }

  private takeMessage(message: Message): void {
    const { ChannelUUID } = message;
    const partner = partnerIn(message, this.reader);
    this.loader.touch(ChannelUUID);
    const known = this.list.get(ChannelUUID) ?? (partner && ofPartner(partner, ChannelUUID, undefined, 0));
    if (partner?.Username) this.loading.partners.add(partner);
    if (known === undefined) this.loader.refresh(ChannelUUID);
    else this.count(known, message);
  }

  private count(known: Conversation, message: Message): void {
    const { channelUUID } = known;
    const isLooking = this.reading.isLookedAt(channelUUID);
    const isFirst = this.list.get(channelUUID) === undefined;
    const conversation = afterMessage(known, message, { userUUID: this.reader, isLooking });
    this.list.put(conversation);
    if (isFirst) this.follow(conversation);
    if (message.SenderUUID === this.reader || message.Seq <= known.countedTo) return;
    if (isLooking) this.reading.markTo(known, message.Seq);
    this.tell({ kind: 'message', conversation, message });
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
    if (now.seq < known.countedTo) this.reading.beginsAgain(channelUUID);
    this.loader.refresh(channelUUID);
  }

  /** What this client has done, and what happens to groups. */
  private takeFrame(frame: ServerFrame): void {
    switch (frame.type) {
      case 'channelRead':
        this.reading.unreadIs(frame.channelRead.channelUUID, frame.channelRead.unread);
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
        // A user who quits counts as kicked by themselves.
        if (frame.channelKick.userUUID === this.reader) this.gone(frame.channelKick.channelUUID);
        break;
      case 'sys':
        if (frame.sys.type === 'channelSet') this.loader.refresh(frame.sys.channelSet.channelUUID);
    }
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
    if (this.list.get(channelUUID) !== undefined) this.loader.refresh(channelUUID);
  }

  /** A user who follows a public group has become a member of it. */
  private follows(channelUUID: string): void {
    const isKnown = this.list.get(channelUUID) !== undefined || this.loading.follower.follows(channelUUID);
    if (!isKnown) this.loader.refresh(channelUUID);
  }

  private invitedTo(channelUUID: string): void {
    this.invitations.add(channelUUID);
    this.loader.refresh(channelUUID);
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
    // Where it fails, the inbox still tells of each message.
    this.loading.follower.follow(target).catch(() => undefined);
  }

  private get reader(): string | undefined {
    return this.loading.client.session?.userUUID;
  }
}
