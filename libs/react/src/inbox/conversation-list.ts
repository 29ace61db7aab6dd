import type { ChatError } from '@parley/client';
import { type ChannelRef, targetOf } from '../shared/channel-ref.js';
import { Source } from '../shared/source.js';
import { type Conversation, sorted } from './conversation.js';
import { type InboxView, NO_INBOX } from './inbox-view.js';

/** The conversations by their channels, and what is shown of them. */
export class ConversationList {
  readonly view = new Source(NO_INBOX);
  private readonly all = new Map<string, Conversation>();

  get status(): InboxView['status'] {
    return this.view.value.status;
  }

  get(channelUUID: string): Conversation | undefined {
    return this.all.get(channelUUID);
  }

  find(channel: ChannelRef): Conversation | undefined {
    const { channelUUID, recipientUUID } = targetOf(channel);
    if (channelUUID) return this.all.get(channelUUID.toLowerCase());
    const isIt = ({ kind, partner }: Conversation) =>
      recipientUUID ? kind === 'private' && partner?.UUID === recipientUUID : kind === 'general';
    return [...this.all.values()].find(isIt);
  }

  put(conversation: Conversation): void {
    this.all.set(conversation.channelUUID, conversation);
    this.show();
  }

  change(channelUUID: string, change: (known: Conversation) => Conversation): void {
    const known = this.all.get(channelUUID);
    const now = known && change(known);
    if (now !== undefined && now !== known) this.put(now);
  }

  /** @returns the conversation that is gone, if there was one. */
  drop(channelUUID: string): Conversation | undefined {
    const known = this.all.get(channelUUID);
    if (this.all.delete(channelUUID)) this.show();
    return known;
  }

  /** Drops all but some. */
  keep(isKept: (channelUUID: string) => boolean): void {
    for (const channelUUID of this.all.keys()) if (!isKept(channelUUID)) this.all.delete(channelUUID);
  }

  becomes(status: InboxView['status'], error?: ChatError): void {
    this.show(status, error);
  }

  private show(status = this.status, error = this.view.value.error): void {
    const conversations = sorted(this.all.values());
    const unread = conversations.reduce((sum, each) => sum + each.unread, 0);
    this.view.set({ conversations, unread, status, error: status === 'failed' ? error : undefined });
  }
}
