import type { ChatClient, ClientState } from '@parley/client';
import { type ChannelRef, targetOf } from '../shared/channel-ref.js';
import { Listening } from '../shared/listening.js';
import type { Running } from '../shared/shared.js';
import type { Source } from '../shared/source.js';
import type { Conversation } from './conversation.js';
import { ConversationList } from './conversation-list.js';
import { Follower } from './follower.js';
import { InboxEvents } from './inbox-events.js';
import { InboxLoader } from './inbox-loader.js';
import type { InboxNews, InboxOptions, InboxView } from './inbox-view.js';
import { KnownPartners } from './known-partners.js';
import type { Loading } from './load-conversations.js';
import { Reading } from './reading.js';

/** Keeps the list of conversations as it is after each item of the inbox, and each message of a channel that the client holds. */
export class Inbox implements Running {
  private readonly list = new ConversationList();
  private readonly loading: Loading;
  private readonly loader: InboxLoader;
  private readonly reading: Reading;
  private readonly events: InboxEvents;
  private readonly listening: Listening;
  private readonly listeners = new Set<(news: InboxNews) => void>();

  constructor(
    private readonly client: ChatClient,
    { followsAll = false, storage, findGroup, people }: InboxOptions = {},
  ) {
    const { list } = this;
    const loading: Loading = {
      client,
      follower: new Follower(client, followsAll),
      partners: new KnownPartners(storage, () => client.session?.userUUID),
      findGroup,
    };
    const loader = new InboxLoader(loading, list, people, (conversation) =>
      this.events.wasRead(conversation),
    );
    const reading = new Reading(client, list);
    this.events = new InboxEvents({ list, loading, loader, reading, tell: (news) => this.tell(news) });
    this.listening = new Listening(() => [
      ...this.events.listen(),
      client.on('state', ({ state }) => this.sessionIs(state)),
    ]);
    this.loading = loading;
    this.loader = loader;
    this.reading = reading;
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
  load = (): Promise<void> => this.loader.load();

  /**
   * Puts a conversation on the list that the user has chosen: with somebody to whom nobody has written yet, or of a group.
   * @returns it, or nothing if there is none for the user, or none can be read.
   */
  open = async (channel: ChannelRef): Promise<Conversation | undefined> =>
    this.find(channel) ?? (await this.loader.open(targetOf(channel)));

  /**
   * Says that the newest message of a channel is on the user's screen, as long as that is so; without a channel, that none is. New messages
   * of that channel then count as read, unless the page is hidden.
   */
  look = (channel?: ChannelRef): void => this.reading.look(channel);

  /** Marks all of a channel read that has come so far. */
  markRead = (channel: ChannelRef): void => this.reading.markRead(channel);

  private sessionIs(state: ClientState): void {
    if (state === 'offline') this.forget();
    else if (this.list.status === 'idle') void this.load();
  }

  /** The next session may be another user's. */
  private forget(): void {
    this.loader.clear();
    this.reading.clear();
    this.events.clear();
    this.loading.follower.clear();
    this.list.keep(() => false);
    this.list.becomes('idle');
  }

  private tell(news: InboxNews): void {
    for (const listener of [...this.listeners]) listener(news);
  }
}
