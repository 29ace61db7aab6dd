import { type ChatClient, ChatError, type ClientEvents, type Target } from '@parley/client';
import type { Message } from '@parley/protocol';
import { type ChannelRef, targetOf } from '../shared/channel-ref.js';
import { Listening } from '../shared/listening.js';
import type { Running } from '../shared/shared.js';
import { Source } from '../shared/source.js';
import { FeedChannel } from './feed-channel.js';
import { FeedPages } from './feed-pages.js';
import { FeedView, type MessagesView } from './feed-view.js';
import { type End, MessageWindow, type Page, type WindowSize } from './message-window.js';
import type { Outgoing } from './outgoing.js';

/** Refusals that say that the channel is not open to the user. */
const CLOSED: ReadonlySet<string> = new Set(['FORBIDDEN', 'CHANNEL_NOT_FOUND', 'USER_NOT_FOUND']);

export interface FeedOptions extends WindowSize {
  /** How many messages are loaded at once, 1 to 100. */
  readonly pageSize: number;
  /** Whether the channel stays subscribed once it is no longer shown. */
  readonly keepsSubscriptions: boolean;
}

/**
 * A channel as its components show it: the messages of a window, the posts under way, and how far others have read.
 * It subscribes when it starts, and follows what the client tells of the channel. After `reload` it loads the newest page again,
 * and shows what it had until that is there.
 *
 * This file is long because each event of the client has its line here, and all of them share one window.
 */
export class Feed implements Running {
  readonly channel: FeedChannel;
  private readonly view: FeedView;
  private readonly pages: FeedPages;
  private readonly target: Target;
  private window: MessageWindow;
  /** What a first load or a reload has so far; it takes the place of the window when its page is there. */
  private arriving: MessageWindow | undefined;
  /** Counts the loads. One that another has overtaken changes nothing. */
  private loads = 0;
  /** The newest Seq that is known. */
  private top = 0;
  /** The end at which the user reads. */
  private read: End = 'newer';
  private readonly listening = new Listening(() => this.listen());

  constructor(
    private readonly client: ChatClient,
    private readonly ref: ChannelRef,
    private readonly outgoing: Outgoing,
    private readonly options: FeedOptions,
  ) {
    this.target = targetOf(ref);
    this.window = new MessageWindow(options);
    this.channel = new FeedChannel(client, this.target, options.keepsSubscriptions);
    this.view = new FeedView(client, ref, outgoing);
    this.pages = new FeedPages(client, this.target, options.pageSize);
  }

  get messages(): Source<MessagesView> {
    return this.view.shown;
  }

  /** The newest Seq that is known of the channel. */
  get newestSeq(): number {
    return this.top;
  }

  start(): void {
    this.listening.start();
    if (this.client.state !== 'offline') void this.load();
  }

  stop(): void {
    this.listening.stop();
    this.loads += 1;
    this.channel.end();
  }

  /** What has failed may succeed now. A user who comes back begins at the newest messages. */
  shownAgain(): void {
    this.read = 'newer';
    const { status } = this.view.shown.value;
    const isElsewhere = this.window.hasNewer;
    if (isElsewhere) this.clear();
    if (isElsewhere || status === 'failed' || status === 'closed') void this.load();
    if (isElsewhere) this.show();
  }

  /** Loads the newest page, after a failure or from a place further back. Resolves when it is there, or has failed. */
  load = async (): Promise<void> => {
    this.loads += 1;
    const load = this.loads;
    const fresh = new MessageWindow(this.options);
    this.arriving = fresh;
    this.view.status('loading');
    // What an earlier page has not sent needs no answer to be shown.
    this.show();
    try {
      await this.channel.hold();
      const page = await this.pages.newest(fresh, () => this.client.session?.userUUID);
      if (load === this.loads) this.begin(fresh, page);
    } catch (error) {
      if (load === this.loads) this.failed(error as ChatError);
    }
  };

  /** Shows the page that ends with a message further back. Resolves when it is there, or has failed. */
  openAt = async (seq: number): Promise<void> => {
    if (this.view.shown.value.status !== 'ready') return;
    this.loads += 1;
    const load = this.loads;
    const fresh = new MessageWindow(this.options);
    try {
      await this.pages.at(fresh, seq, () => this.client.session?.userUUID);
      if (load === this.loads) this.window = fresh;
    } catch (error) {
      if (load === this.loads) this.pages.failed(this.window, error as ChatError);
    }
    this.show();
  };

  /** Says at which end the user reads: it is kept where the window grows too long. */
  readsAt = (end: End): void => {
    this.read = end;
  };

  /** Lets go of what the window holds beyond its size, at the other end. */
  trim = (end: End): void => {
    if (this.window.trim(end)) this.show();
  };

  /** Loads the page before the oldest message of the window. Resolves when it is there, or has failed. */
  loadOlder = (): Promise<void> => this.grow('older');

  /** Loads the page after the newest message of the window, if newer ones were let go. */
  loadNewer = (): Promise<void> => this.grow('newer');

  /** Shows the newest messages again, if the window has let go of them. */
  toNewest = async (): Promise<void> => {
    if (this.window.hasNewer) await this.load();
  };

  /** Marks the channel read up to the newest message of the window. Call it when that is on the screen. */
  markRead = (): void => {
    const newest = this.window.messages.at(-1);
    if (newest !== undefined) void this.channel.markRead(this.window.hasNewer ? newest.Seq : this.top);
  };

  private listen(): (() => void)[] {
    return [
      this.client.on('message', ({ message }) => this.isHere(message.ChannelUUID) && this.take(message)),
      this.client.on('change', (change) => this.takeChange(change)),
      this.client.on('reload', (reload) => this.isHere(reload.channelUUID) && this.reloaded(reload)),
      this.client.on('inboxItem', (item) => item.kind === 'invite' && this.invitedTo(item.channelUUID)),
      this.client.on('state', ({ state }) => this.sessionIs(state)),
      this.outgoing.subscribe(this.ref, () => this.show()),
      this.channel.follow(),
    ];
  }

  private async grow(end: 'older' | 'newer'): Promise<void> {
    const { window } = this;
    if (this.view.shown.value.status !== 'ready') return;
    const isGrowing = this.pages.grow(window, end, () => this.client.session?.userUUID);
    if (isGrowing === undefined) return;
    window.makeRoom(this.options.pageSize, end);
    this.show();
    await isGrowing;
    if (window === this.window) this.show();
  }

  private begin(fresh: MessageWindow, page: Page): void {
    this.window = fresh;
    this.arriving = undefined;
    this.top = Math.max(this.top, page.messages.at(-1)?.Seq ?? 0);
    this.view.status('ready');
    this.show();
  }

  private failed(error: ChatError): void {
    this.arriving = undefined;
    if (CLOSED.has(error.name)) this.closed(error);
    else this.view.status('failed', error);
  }

  /** The channel is not open to the user, or no longer. */
  private closed(error?: ChatError): void {
    this.clear();
    this.view.status('closed', error);
    this.show();
  }

  private clear(): void {
    this.loads += 1;
    this.arriving = undefined;
    this.window = new MessageWindow(this.options);
    this.top = 0;
  }

  private isHere(channelUUID: string): boolean {
    return this.channel.isIt(channelUUID);
  }

  private take(message: Message): void {
    this.top = Math.max(this.top, message.Seq);
    this.arriving?.add(message, 'newer');
    this.pages.note(message);
    if (!this.view.isStale) this.window.add(message, this.read);
    this.show();
  }

  private takeChange({ frame }: ClientEvents['change']): void {
    if (!this.isHere(this.pages.channelIn(frame))) return;
    const reader = this.client.session?.userUUID;
    this.pages.noteChange(frame);
    this.arriving?.apply(frame, reader);
    this.window.apply(frame, reader);
    this.show();
  }

  private reloaded({ now }: ClientEvents['reload']): void {
    if (now === undefined) this.closed(ChatError.of('FORBIDDEN', 'The channel is no longer open to you.'));
    else {
      this.top = now.seq;
      void this.load();
    }
  }

  /** The channel is open to the user again. */
  private invitedTo(channelUUID: string): void {
    if (this.isHere(channelUUID)) this.shownAgain();
  }

  /** The messages are of one session: the next one may be another user's. */
  private sessionIs(state: ClientEvents['state']['state']): void {
    if (state === 'offline') {
      this.clear();
      this.channel.forget();
      this.view.status('idle');
      this.show();
    } else if (this.view.shown.value.status === 'idle') void this.load();
  }

  private show(): void {
    this.view.show(this.window, this.pages);
    if (!this.window.hasNewer) this.outgoing.arrived(this.ref, this.top);
  }
}
