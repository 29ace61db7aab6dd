import type { ChatClient, ChatError, ClientEvents, InboxItem } from '@parley/client';
import type { ChannelInfo, Message, ServerFrame } from '@parley/protocol';
import type { Running } from '../shared/shared.js';
import { Source } from '../shared/source.js';
import { afterMessage, type Conversation, ofGroup, ofPartner, partnerIn, sorted } from './conversation.js';
import { loadConversations } from './load-conversations.js';
import { Refresher } from './refresher.js';

/** The user's conversations. */
export interface InboxView {
  /** The one with the newest message first. */
  readonly conversations: readonly Conversation[];
  /** How many messages are unread in all of them. */
  readonly unread: number;
  /** `idle` while nobody is signed in. `loading` also while something may be missing that is loaded again. */
  readonly status: 'idle' | 'loading' | 'ready' | 'failed';
  /** Why the status is `failed`. */
  readonly error?: ChatError | undefined;
}

export const NO_INBOX: InboxView = { conversations: [], unread: 0, status: 'idle' };

/** Keeps the list of conversations as it is after each item of the inbox, and each message of a channel that the client holds. */
export class Inbox implements Running {
  readonly view = new Source(NO_INBOX);
  private conversations = new Map<string, Conversation>();
  private readonly refresher: Refresher;
  /** Counts the loads. One that another has overtaken changes nothing. */
  private loads = 0;
  /** Channels that something happened in while the list is loaded: what was read of them may be older. */
  private touched: Set<string> | undefined;
  private offs: (() => void)[] = [];

  constructor(private readonly client: ChatClient) {
    const known = (channelUUID: string) => this.conversations.get(channelUUID);
    this.refresher = new Refresher(client, known, (found) => this.begin(found));
  }

  start(): void {
    this.offs = [
      this.client.on('inboxItem', (item) => this.takeItem(item)),
      this.client.on('inboxReload', () => void this.load()),
      this.client.on('message', ({ message }) => this.takeMessage(message)),
      this.client.on('change', (change) => this.takeChange(change)),
      this.client.on('frame', (frame) => this.takeFrame(frame)),
      this.client.on('state', ({ state }) => this.sessionIs(state)),
    ];
    if (this.client.state !== 'offline') void this.load();
  }

  stop(): void {
    for (const off of this.offs) off();
    this.offs = [];
    this.loads += 1;
  }

  /** Loads the list again. Resolves when it is there, or has failed. */
  load = async (): Promise<void> => {
    this.loads += 1;
    const load = this.loads;
    const touched = new Set<string>();
    this.touched = touched;
    this.show('loading');
    try {
      await this.client.inbox();
      const found = await loadConversations(this.client);
      if (load !== this.loads) return;
      this.touched = undefined;
      this.conversations = new Map(found.map((each) => [each.channelUUID, each]));
      this.show('ready');
      for (const channelUUID of touched) this.refresh(channelUUID);
    } catch (error) {
      if (load !== this.loads) return;
      this.touched = undefined;
      this.show('failed', error as ChatError);
    }
  };

  private takeItem(item: InboxItem): void {
    const { channelUUID } = item;
    if (item.kind === 'invite') this.refresh(channelUUID);
    if (item.kind === 'kick') this.drop(channelUUID);
    if (item.kind === 'read') this.takeRead(channelUUID, item.readSeq);
    if (item.kind !== 'message' && item.kind !== 'mention') return;
    if (item.message === undefined) this.refresh(channelUUID);
    else this.takeMessage(item.message);
    if (item.kind === 'mention') this.change(channelUUID, (known) => ({ ...known, isMentioned: true }));
  }

  private takeMessage(message: Message): void {
    const { ChannelUUID } = message;
    const reader = this.client.session?.userUUID;
    const partner = partnerIn(message, reader);
    this.touched?.add(ChannelUUID);
    if (this.conversations.has(ChannelUUID))
      this.change(ChannelUUID, (known) => afterMessage(known, message, reader));
    else if (partner !== undefined)
      this.begin(ofPartner(partner, message, message.SenderUUID === reader ? 0 : 1));
    else this.refresh(ChannelUUID);
  }

  /** On another device, or on this one. */
  private takeRead(channelUUID: string, seq: number): void {
    const known = this.conversations.get(channelUUID);
    if (known === undefined) return;
    if (seq >= known.countedTo)
      this.change(channelUUID, (each) => ({ ...each, unread: 0, isMentioned: false }));
    // The answer says how much is left, and comes as a frame.
    else this.client.markRead(known.target, 0).catch(() => undefined);
  }

  private takeChange({ message }: ClientEvents['change']): void {
    if (message === undefined) return;
    this.change(message.ChannelUUID, (known) =>
      known.lastMessage?.UUID === message.UUID ? { ...known, lastMessage: message } : known,
    );
  }

  /** What this client has done, and what happens to groups. */
  private takeFrame(frame: ServerFrame): void {
    switch (frame.type) {
      case 'channelRead':
        this.isUnread(frame.channelRead.channelUUID, frame.channelRead.unread);
        break;
      case 'channelCreate':
        this.begin(ofGroup(frame.channelCreate.channel));
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

  private isUnread(channelUUID: string, unread: number): void {
    this.change(channelUUID, (known) => ({
      ...known,
      unread,
      isMentioned: unread > 0 && known.isMentioned,
    }));
  }

  private isNow(group: ChannelInfo): void {
    this.change(group.channelUUID, (known) => ({ ...known, title: group.name, group }));
  }

  /** Who follows a public group has become a member of it. */
  private follows(channelUUID: string): void {
    if (!this.conversations.has(channelUUID)) this.refresh(channelUUID);
  }

  /** A user who quits counts as kicked by themselves. */
  private isOut({
    channelUUID,
    userUUID,
  }: {
    readonly channelUUID: string;
    readonly userUUID: string;
  }): void {
    if (userUUID === this.client.session?.userUUID) this.drop(channelUUID);
  }

  private refresh(channelUUID: string): void {
    // The load that is under way sees to it at its end.
    if (this.touched !== undefined) this.touched.add(channelUUID);
    else if (this.view.value.status === 'ready') this.refresher.want(channelUUID);
  }

  private begin(conversation: Conversation): void {
    this.conversations.set(conversation.channelUUID, conversation);
    this.show();
  }

  private change(channelUUID: string, change: (known: Conversation) => Conversation): void {
    const known = this.conversations.get(channelUUID);
    if (known !== undefined) this.begin(change(known));
  }

  private drop(channelUUID: string): void {
    if (this.conversations.delete(channelUUID)) this.show();
  }

  private sessionIs(state: ClientEvents['state']['state']): void {
    if (state === 'offline') {
      this.loads += 1;
      this.touched = undefined;
      this.conversations.clear();
      this.show('idle');
    } else if (this.view.value.status === 'idle') void this.load();
  }

  private show(status = this.view.value.status, error?: ChatError): void {
    const conversations = sorted(this.conversations.values());
    const unread = conversations.reduce((sum, each) => sum + each.unread, 0);
    this.view.set({ conversations, unread, status, error });
  }
}
