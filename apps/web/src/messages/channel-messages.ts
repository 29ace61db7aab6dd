import { type ChangeFrame, type ChatClient, changeIn, type Target } from '@parley/client';
import type { Message } from '@parley/protocol';
import { Store } from '../store.js';
import {
  bounded,
  EMPTY_WINDOW,
  type HistoryPage,
  type MessageWindow,
  openedWith,
  trimmed,
  withChange,
  withMessage,
  withNewer,
  withOlder,
} from './message-window.js';

/** What a page of messages shows. `gone`: the channel is not the user's any more. */
export interface ShownMessages extends MessageWindow {
  readonly status: 'loading' | 'ready' | 'failed' | 'gone';
  /** Which end is being read from the server. */
  readonly loading?: 'older' | 'newer';
}

const PAGE = 50;

/**
 * The messages of the conversation on the screen: a window of the history that live frames keep as it is now. What comes while a page is
 * under way is applied once more on top of it, because the page may be older.
 */
export class ChannelMessages {
  readonly shown = new Store<ShownMessages>({ ...EMPTY_WINDOW, status: 'loading' });
  /** Whether the newest message is on the screen, as the list says. */
  isAtEnd = true;
  private channelUUID: string | undefined;
  /** What came since the page was asked for that is under way. */
  private since: (Message | ChangeFrame)[] | undefined;
  private isClosed = false;
  private readonly stops: readonly (() => void)[];

  constructor(
    private readonly client: ChatClient,
    private readonly target: Target,
    private readonly me: string,
  ) {
    this.stops = [
      client.on('message', ({ message }) => this.receive(message.ChannelUUID, message)),
      client.on('change', ({ frame }) => this.receive(changeIn(frame).channelUUID, frame)),
      client.on('reload', ({ channelUUID, now }) => this.reloaded(channelUUID, now !== undefined)),
    ];
    void this.open();
  }

  /** Reads the newest messages: at first, after an error, and to come back from far above. */
  async open(): Promise<void> {
    if (this.since !== undefined) return;
    this.shown.update((now) => ({ ...now, status: now.messages.length > 0 ? now.status : 'loading' }));
    try {
      this.channelUUID = (await this.client.subscribe(this.target)).channelUUID;
      const page = await this.page({});
      this.settle(openedWith(page));
    } catch {
      this.fail();
    }
  }

  /** Goes to a message far above: the page that ends with it. */
  async openAt(seq: number): Promise<void> {
    if (this.isBusy()) return;
    const page = await this.page({ before: seq + 1 }).catch(() => undefined);
    if (page === undefined) this.since = undefined;
    else this.settle({ ...openedWith(page), hasNewer: true });
  }

  async loadOlder(): Promise<void> {
    const { hasOlder, messages } = this.shown.get();
    if (!hasOlder || this.isBusy()) return;
    await this.load('older', { before: messages[0]!.Seq }, withOlder);
  }

  async loadNewer(): Promise<void> {
    const { hasNewer, messages } = this.shown.get();
    if (!hasNewer || this.isBusy()) return;
    await this.load('newer', { after: messages.at(-1)!.Seq }, withNewer);
  }

  /** The newest message of the user that can be edited. */
  lastOwn(): Message | undefined {
    const { messages, hasNewer } = this.shown.get();
    if (hasNewer) return undefined;
    return messages.findLast(
      ({ SenderUUID, deletedAt }) => SenderUUID === this.me && deletedAt === undefined,
    );
  }

  /** Gives up what is far from where the user reads. Called when the screen has settled. */
  trim(reading: 'older' | 'newest'): void {
    this.shown.update((now) => {
      const smaller = trimmed(now, reading);
      return smaller === now ? now : { ...now, ...smaller };
    });
  }

  close(): void {
    this.isClosed = true;
    for (const stop of this.stops) stop();
  }

  private isBusy(): boolean {
    return this.since !== undefined || this.shown.get().status !== 'ready';
  }

  private async load(
    end: 'older' | 'newer',
    where: { readonly before?: number; readonly after?: number },
    grown: (now: MessageWindow, page: HistoryPage) => MessageWindow,
  ): Promise<void> {
    this.shown.update((now) => ({ ...now, loading: end }));
    try {
      const page = await this.page(where);
      this.settle(grown(this.shown.get(), page));
    } catch {
      this.since = undefined;
      this.shown.update(({ loading: _, ...now }) => now);
    }
  }

  private page(where: { readonly before?: number; readonly after?: number }): Promise<HistoryPage> {
    this.since = [];
    return this.client.history(this.target, { limit: PAGE, ...where });
  }

  private settle(window: MessageWindow): void {
    const since = this.since ?? [];
    this.since = undefined;
    if (this.isClosed) return;
    const { messages, hasOlder, hasNewer } = since.reduce((now, each) => this.with(now, each), window);
    this.shown.set({ messages, hasOlder, hasNewer, status: 'ready' });
  }

  private fail(): void {
    this.since = undefined;
    this.shown.update((now) => ({ ...now, status: now.status === 'gone' ? 'gone' : 'failed' }));
  }

  private receive(channelUUID: string, what: Message | ChangeFrame): void {
    if (channelUUID !== this.channelUUID) return;
    this.since?.push(what);
    if (this.shown.get().status !== 'ready') return;
    this.shown.update((now) => {
      const next = bounded(this.with(now, what), this.isAtEnd ? 'newest' : 'older');
      return next === now ? now : { ...now, ...next };
    });
  }

  private with(window: MessageWindow, what: Message | ChangeFrame): MessageWindow {
    return 'type' in what ? withChange(window, what, this.me) : withMessage(window, what);
  }

  /** The server could not supply what was missed, or the channel is no longer open to the user. */
  private reloaded(channelUUID: string, isOpen: boolean): void {
    if (channelUUID !== this.channelUUID) return;
    if (!isOpen) this.shown.set({ ...EMPTY_WINDOW, status: 'gone' });
    else {
      this.since = undefined;
      this.shown.set({ ...EMPTY_WINDOW, status: 'loading' });
      void this.open();
    }
  }
}
