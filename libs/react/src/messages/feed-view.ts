import type { ChatClient, ChatError } from '@parley/client';
import type { ChannelRef } from '../shared/channel-ref.js';
import { Source } from '../shared/source.js';
import type { FeedPages } from './feed-pages.js';
import type { MessageWindow } from './message-window.js';
import type { Outgoing } from './outgoing.js';
import { type Reader, type ShownMessage, ShownMessages } from './shown-messages.js';

/**
 * How far a channel is: `idle` while nobody is signed in; `loading` also while messages that may be missing are loaded again;
 * `failed` where `reload` may help; `closed` where the channel is not open to the user.
 */
export type MessagesStatus = 'idle' | 'loading' | 'ready' | 'failed' | 'closed';

/** What a list of messages shows. */
export interface MessagesView {
  /** The oldest first; those that are not stored yet come last. */
  readonly messages: readonly ShownMessage[];
  readonly status: MessagesStatus;
  /** Whether `loadOlder` has something to load. */
  readonly hasOlder: boolean;
  /** Whether the list ends before the newest message, because it has grown too long at the other end. */
  readonly hasNewer: boolean;
  readonly isLoadingOlder: boolean;
  readonly isLoadingNewer: boolean;
  /** Why the status is `failed` or `closed`, or why the last page did not come. */
  readonly error?: ChatError | undefined;
}

export const NO_MESSAGES: MessagesView = {
  messages: [],
  status: 'idle',
  hasOlder: false,
  hasNewer: false,
  isLoadingOlder: false,
  isLoadingNewer: false,
};

/** Makes what a list shows of the state of a feed. */
export class FeedView {
  readonly shown = new Source<MessagesView>(NO_MESSAGES);
  private readonly list = new ShownMessages();

  constructor(
    private readonly client: ChatClient,
    private readonly ref: ChannelRef,
    private readonly outgoing: Outgoing,
  ) {}

  /** Whether messages may be missing after the shown ones. */
  get isStale(): boolean {
    return this.shown.value.status === 'loading';
  }

  status(status: MessagesStatus, error?: ChatError): void {
    this.shown.set({ ...this.shown.value, status, error });
  }

  show(window: MessageWindow, pages: FeedPages): void {
    const { status, error } = this.shown.value;
    const isShut = window.hasNewer || status === 'closed' || status === 'idle';
    const posts = isShut ? [] : this.outgoing.of(this.ref);
    this.shown.set({
      messages: this.list.of(window.messages, posts, this.reader(window)),
      status,
      hasOlder: window.hasOlder && window.messages.length > 0,
      hasNewer: window.hasNewer,
      isLoadingOlder: pages.isLoading(window, 'older'),
      isLoadingNewer: pages.isLoading(window, 'newer'),
      error: status === 'ready' ? pages.errorOf(window) : error,
    });
  }

  /** A user who signed in by a key has no name here: an own message tells it. */
  private reader({ messages }: MessageWindow): Reader {
    const userUUID = this.client.session?.userUUID;
    const own = () => messages.findLast(({ SenderUUID }) => SenderUUID === userUUID)?.Sender.Username;
    return { userUUID, username: () => this.client.username ?? own() };
  }
}
