import type { ChatError, Target } from '@parley/client';
import { type Conversation, merged, withMention } from './conversation.js';
import type { ConversationList } from './conversation-list.js';
import type { InboxOptions } from './inbox-view.js';
import {
  type Loading,
  loadConversations,
  loadGeneral,
  loadGroup,
  loadPrivate,
} from './load-conversations.js';
import { Refresher } from './refresher.js';

/** Reads conversations from the server into a list: all of them, one, or those in which something has changed. */
export class InboxLoader {
  private readonly refresher: Refresher;
  /** Counts the loads. One that another has overtaken changes nothing. */
  private loads = 0;
  /** Channels that something happened in while the list is loaded: what was read of them may be older. */
  private touched: Set<string> | undefined;

  /**
   * @param people finds those with whom a conversation is opened.
   * @param wasRead is called with each conversation that was read on its own, once it is on the list.
   */
  constructor(
    private readonly loading: Loading,
    private readonly list: ConversationList,
    private readonly people: InboxOptions['people'],
    private readonly wasRead: (conversation: Conversation) => void,
  ) {
    this.refresher = new Refresher(
      loading,
      (channelUUID) => list.get(channelUUID),
      (read) => this.put(read),
    );
  }

  /** Loads the whole list. Resolves when it is there, or has failed. */
  async load(): Promise<void> {
    this.loads += 1;
    const load = this.loads;
    const touched = new Set<string>();
    const found = new Set<string>();
    this.touched = touched;
    this.list.becomes('loading');
    try {
      await this.loading.client.inbox();
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
  }

  /** Reads one conversation. @returns it as it is on the list, or nothing if there is none for the user, or none can be read. */
  async open(target: Target): Promise<Conversation | undefined> {
    try {
      const opened = await this.read(target);
      if (opened !== undefined) this.put(opened);
      return opened && this.list.get(opened.channelUUID);
    } catch {
      return undefined;
    }
  }

  /** Something has happened in a channel. If the list is being loaded, the channel is read again at the end. */
  touch(channelUUID: string): void {
    this.touched?.add(channelUUID);
  }

  /** Reads a channel again: now, or at the end of the load that is under way. */
  refresh(channelUUID: string): void {
    if (this.touched !== undefined) this.touched.add(channelUUID);
    else if (this.list.status === 'ready') this.refresher.want(channelUUID);
  }

  /** Drops the load that is under way. */
  clear(): void {
    this.loads += 1;
    this.touched = undefined;
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

  private async read({ channelUUID, recipientUUID }: Target): Promise<Conversation | undefined> {
    if (channelUUID) return loadGroup(this.loading, channelUUID);
    if (!recipientUUID) return loadGeneral(this.loading);
    const partner = this.people?.get(recipientUUID) ?? (await this.people?.find(recipientUUID));
    if (partner === undefined) return undefined;
    const opened = await loadPrivate(this.loading, partner);
    this.loading.partners.add(partner);
    return opened;
  }

  private put(read: Conversation): void {
    const conversation = merged(this.list.get(read.channelUUID), read);
    this.list.put(conversation);
    this.wasRead(conversation);
  }
}
