import type { ChatClient } from '@parley/client';
import type { ChannelRef } from '../shared/channel-ref.js';
import { afterRead, type Conversation } from './conversation.js';
import type { ConversationList } from './conversation-list.js';
import { ReadMarks } from './read-marks.js';

/** How far the user has read the conversations of a list, here and on other devices. */
export class Reading {
  private readonly marks: ReadMarks;
  /** The channel whose newest message is on the user's screen. */
  private lookedAt: string | undefined;

  constructor(
    private readonly client: ChatClient,
    private readonly list: ConversationList,
  ) {
    this.marks = new ReadMarks(client);
  }

  /** The user looks at the newest message of a channel from now on; without a channel, at none. */
  look(channel: ChannelRef | undefined): void {
    const known = channel === undefined ? undefined : this.list.find(channel);
    this.lookedAt = known?.channelUUID;
    if (known !== undefined && isPageSeen()) this.markRead(known.target);
  }

  isLookedAt(channelUUID: string): boolean {
    return this.lookedAt === channelUUID && isPageSeen();
  }

  /** Marks all of a channel read that has come so far. */
  markRead(channel: ChannelRef): void {
    const known = this.list.find(channel);
    if (known === undefined) return;
    this.markTo(known, known.countedTo);
    this.list.change(known.channelUUID, (now) => afterRead(now, 0));
  }

  /** Tells the server that a conversation is read up to a Seq. */
  markTo({ channelUUID, target }: Conversation, seq: number): void {
    this.marks.mark(channelUUID, target, seq);
  }

  /** The user has read a channel up to a Seq, on another device or on this one. */
  readTo(channelUUID: string, seq: number): void {
    const known = this.list.get(channelUUID);
    if (known === undefined) return;
    if (seq >= known.countedTo) this.list.change(channelUUID, (each) => afterRead(each, 0));
    // The answer says how much is left, and comes as a frame.
    else if (known.unread > 0) this.client.markRead(known.target, 0).catch(() => undefined);
  }

  /** The server says how much of a channel is unread. */
  unreadIs(channelUUID: string, unread: number): void {
    // What has come since is on the screen as well, and marked by another request.
    if (!this.isLookedAt(channelUUID)) this.list.change(channelUUID, (known) => afterRead(known, unread));
  }

  /** The history of a channel has begun again, and its numbers with it. */
  beginsAgain(channelUUID: string): void {
    this.marks.forget(channelUUID);
    this.list.change(channelUUID, (each) => ({ ...each, countedTo: 0 }));
  }

  clear(): void {
    this.lookedAt = undefined;
    this.marks.clear();
  }
}

/** Whether somebody can see the page. Where there is none, as in Node, it counts as seen. */
const isPageSeen = (): boolean =>
  (globalThis as { readonly document?: { readonly visibilityState?: string } }).document?.visibilityState !==
  'hidden';
