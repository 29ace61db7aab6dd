import { ChatError, type ClientEvents, type Target } from '@parley/client';
import type { Message } from '@parley/protocol';
import { plainLine } from '../output/plain-text.js';
import { readInbox } from '../session/inbox-end.js';
import { groupsOf, type Place, placeOf } from '../session/places.js';
import type { SignedIn } from '../session/signed-in.js';
import { activeOf, type ChatState, firstState } from './chat-state.js';
import {
  added,
  type Conversations,
  changed,
  GENERAL_ID,
  ofChannel,
  ofPlace,
  withGroups,
  withItem,
  withMessage,
  without,
} from './conversations.js';
import { Posts } from './posts.js';
import { Writers } from './writers.js';

/** Items of the inbox that are read at the start: they tell whom the reader writes with, and what is unread. */
const ITEMS_AT_START = 500;
/** Messages that are read when a conversation is opened, and when the reader scrolls to its beginning. */
const PAGE = 50;

const saying = (error: unknown): string => plainLine(error instanceof Error ? error.message : String(error));

/**
 * What the full screen shows, and what its keys do. It follows the client's events; a component subscribes to it as to any external store. No
 * action rejects: what fails becomes a notice.
 */
export class ChatStore {
  private current: ChatState = firstState;
  private readonly listeners = new Set<() => void>();
  private readonly writers: Writers;
  private readonly posts: Posts;
  /** Conversations that the client follows. */
  private readonly opened = new Set<string>();
  /** Whether the newest message is on the screen: then it is read. */
  private isAtEnd = true;

  constructor(private readonly session: SignedIn) {
    this.writers = new Writers((writers) => this.set({ writers }));
    this.posts = new Posts(session.client, (pending) => this.set({ pending }));
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly snapshot = (): ChatState => this.current;

  /** Reads the list of conversations, and opens one. @throws ChatError when even that fails. */
  async begin(first: Place): Promise<void> {
    this.hear();
    const { client, me } = this.session;
    const { items } = await readInbox(client, ITEMS_AT_START);
    // What an item says of a group is in the group's own count.
    const list = items.reduce((all, item) => withItem(all, item, me.userUUID), this.current.conversations);
    this.setList(withGroups(list, await groupsOf(client, 'mine')));
    await this.follow(GENERAL_ID);
    await this.openPlace(first);
  }

  /** Ends what runs for itself. The client is the caller's. */
  end(): void {
    this.writers.end();
  }

  /** Shows a conversation of the list. */
  async open(id: string): Promise<void> {
    this.isAtEnd = true;
    this.set({ activeId: id, hasOlder: false, isLoading: true, notice: undefined });
    this.refresh();
    await this.attempt(async () => {
      await this.follow(id);
      await this.load(id);
    });
  }

  /** Shows the private conversation with a user, or a group, as it is written: `ada`, `#lobby`. Joins a public group. */
  openNamed(text: string): Promise<void> {
    return this.attempt(async () => this.openPlace(await placeOf(text, this.session)));
  }

  /** Reads what comes before the first message that is shown. */
  async loadOlder(): Promise<void> {
    const { activeId, messages, hasOlder, isLoading } = this.current;
    const before = messages[0]?.Seq;
    if (!hasOlder || isLoading || before === undefined) return;
    this.set({ isLoading: true });
    await this.attempt(async () => {
      const { hasMore } = await this.session.client.history(this.target, { before, limit: PAGE });
      if (this.current.activeId !== activeId) return;
      this.refresh();
      // The client keeps only so many: the rest is for `parley history`.
      const isOlder = this.current.messages[0]!.Seq < before;
      this.set({ hasOlder: hasMore && isOlder, isLoading: false });
    });
  }

  /** Sends a message to the conversation that is shown. */
  send(text: string): void {
    const { activeId } = this.current;
    this.posts.send(activeId, this.target, text);
  }

  /** The reader is writing. */
  signal(): void {
    this.session.client.typing(this.target);
  }

  /** Whether the newest message is on the screen. */
  setAtEnd(isAtEnd: boolean): void {
    if (this.isAtEnd === isAtEnd) return;
    this.isAtEnd = isAtEnd;
    this.markRead();
  }

  notify(notice: string | undefined): void {
    this.set({ notice });
  }

  private get target(): Target {
    return activeOf(this.current).target;
  }

  private async openPlace(place: Place): Promise<void> {
    const conversation = ofPlace(place);
    this.setList(added(this.current.conversations, conversation));
    await this.open(conversation.id);
    if (conversation.id.startsWith('@') || conversation.id === GENERAL_ID) return;
    this.setList(withGroups(this.current.conversations, await groupsOf(this.session.client, 'mine')));
  }

  /** Gets what happens in a conversation from now on. */
  private async follow(id: string): Promise<void> {
    const conversation = this.current.conversations.find((each) => each.id === id);
    if (conversation === undefined || this.opened.has(id)) return;
    const { channelUUID } = await this.session.client.subscribe(conversation.target);
    this.opened.add(id);
    this.setList(changed(this.current.conversations, id, { channelUUID }));
  }

  private async load(id: string): Promise<void> {
    if (this.current.activeId !== id) return;
    const { hasMore } = await this.session.client.history(this.target, { limit: PAGE });
    if (this.current.activeId !== id) return;
    this.refresh();
    this.set({ hasOlder: hasMore, isLoading: false });
    this.markRead();
  }

  private hear(): void {
    const { client, me } = this.session;
    client.on('message', ({ message }) => this.takeMessage(message));
    client.on('change', () => this.refresh());
    client.on('typing', (writer) => this.writers.take(writer, me.userUUID));
    client.on('inboxItem', (item) => {
      this.setList(withItem(this.current.conversations, item, me.userUUID));
      this.keepRead();
      if (item.kind === 'invite') void this.readGroups();
    });
    client.on('inboxReload', () => void this.readGroups());
    client.on('reload', (reload) => this.takeReload(reload));
    client.on('state', (event) => this.takeState(event));
  }

  private takeMessage(message: Message): void {
    const { me } = this.session;
    this.writers.drop(message.ChannelUUID, message.SenderUUID);
    if (message.SenderUUID === me.userUUID) this.posts.seen(message);
    this.setList(withMessage(this.current.conversations, message, me.userUUID));
    this.refresh();
    this.keepRead();
  }

  private takeReload({ channelUUID, now }: ClientEvents['reload']): void {
    const conversation = ofChannel(this.current.conversations, channelUUID);
    if (conversation === undefined) return;
    const { id, title } = conversation;
    if (now !== undefined) {
      if (id === this.current.activeId) void this.attempt(() => this.load(id));
      return;
    }
    this.opened.delete(id);
    this.setList(without(this.current.conversations, id));
    if (id === this.current.activeId) void this.open(GENERAL_ID);
    this.notify(`${title} is no longer open to you`);
  }

  private takeState({ state, error }: ClientEvents['state']): void {
    const isBack = state === 'online' && this.current.connection !== 'online';
    this.set({ connection: state, ...(error && { ending: saying(error) }) });
    if (isBack) void this.readGroups();
  }

  private readGroups(): Promise<void> {
    return this.attempt(async () => {
      const groups = await groupsOf(this.session.client, 'mine');
      this.setList(withGroups(this.current.conversations, groups));
      this.keepRead();
    });
  }

  /** What is on the screen does not count as unread. */
  private keepRead(): void {
    if (this.isAtEnd) this.markRead();
  }

  private markRead(): void {
    const { id, unread, newest } = activeOf(this.current);
    const seq = Math.max(this.current.messages.at(-1)?.Seq ?? 0, newest);
    if (!this.isAtEnd || unread === 0 || seq === 0) return;
    this.setList(changed(this.current.conversations, id, { unread: 0, isMentioned: false, seqs: [] }));
    // A position that is lost with the connection is told with the next message.
    this.session.client.markRead(this.target, seq).catch(() => undefined);
  }

  /** The messages as the client has them now. */
  private refresh(): void {
    const messages = this.session.client.messages(this.target);
    if (messages !== this.current.messages) this.set({ messages });
  }

  private setList(conversations: Conversations): void {
    if (conversations !== this.current.conversations) this.set({ conversations });
  }

  private async attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      const isEnding = error instanceof ChatError && error.name === 'NOT_SIGNED_IN';
      this.set({ isLoading: false, ...(!isEnding && { notice: saying(error) }) });
    }
  }

  private set(fields: Partial<ChatState>): void {
    this.current = { ...this.current, ...fields };
    for (const listener of this.listeners) listener();
  }
}
