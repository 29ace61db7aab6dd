import type { ChatError } from '@parley/client';
import type { Message } from '@parley/protocol';
import type { OutgoingPost } from './outgoing-post.js';

/**
 * A message as a list shows it. One that is `sending` or `failed` has an empty `UUID` and the `Seq` 0; its `CreatedAt` is this
 * device's time.
 */
export interface ShownMessage extends Message {
  /** Stays the same from the moment at which the user sends the message: React's `key`. */
  readonly key: string;
  readonly state: 'stored' | 'sending' | 'failed';
  /** Whether the user of this client wrote it. */
  readonly isOwn: boolean;
  /** Why it failed. */
  readonly error?: ChatError;
}

/** Who reads. */
export interface Reader {
  readonly userUUID: string | undefined;
  readonly username: () => string | undefined;
}

/** A list that was made. The next one reuses what begins with the same messages, so that a new message costs a long list little. */
interface Listed {
  readonly messages: readonly Message[];
  readonly list: readonly ShownMessage[];
  /** What else it was made of. */
  readonly basis: string;
}

/** The most own messages whose keys are remembered. A forgotten one gets its `UUID` as its key, which costs one element of a page. */
const MOST_KEYS = 1_000;

/**
 * Makes one list of the messages of a channel and the posts that are under way. A post and its message are shown as one: by the
 * server's answer, or, where the message overtakes the answer, by its text.
 */
export class ShownMessages {
  /** From the `UUID` of an own message to the key that it was sent under. */
  private readonly keys = new Map<string, string>();
  private readonly shown = new WeakMap<Message, ShownMessage>();
  private readonly waiting = new WeakMap<OutgoingPost, ShownMessage>();
  /** Counts the keys that were ever remembered. */
  private remembered = 0;
  private before: Listed = { messages: [], list: [], basis: '' };

  of(messages: readonly Message[], posts: readonly OutgoingPost[], reader: Reader): readonly ShownMessage[] {
    for (const { ack, key } of posts) if (ack !== undefined) this.remember(ack.UUID, key);
    const claimed = this.claims(messages, posts, reader);
    const basis = [reader.userUUID, this.remembered, ...claimed.keys()].join();
    const begun = basis === this.before.basis ? commonLength(messages, this.before.messages) : 0;
    const keyOf = ({ UUID }: Message) => this.keys.get(UUID) ?? claimed.get(UUID) ?? UUID;
    const list = this.before.list.slice(0, begun);
    for (const message of messages.slice(begun)) list.push(this.stored(message, keyOf(message), reader));
    this.before = { messages, list, basis };
    if (posts.length === 0) return list;
    const keys = new Set(list.map(({ key }) => key));
    const waiting = posts.filter(({ key }) => !keys.has(key)).map((post) => this.outgoing(post, reader));
    return waiting.length === 0 ? list : [...list, ...waiting];
  }

  /** Own messages that may be those of posts without an answer: the oldest of the same text. An answer then says which it was. */
  private claims(messages: readonly Message[], posts: readonly OutgoingPost[], { userUUID }: Reader) {
    const claimed = new Map<string, string>();
    for (const { key, text, replyTo, after, ack } of posts) {
      if (ack !== undefined) continue;
      const isIt = (message: Message) =>
        message.Seq > after &&
        message.SenderUUID === userUUID &&
        message.Message === text &&
        message.replyTo?.UUID === replyTo?.UUID &&
        !this.keys.has(message.UUID) &&
        !claimed.has(message.UUID);
      const found = messages.find(isIt);
      if (found !== undefined) claimed.set(found.UUID, key);
    }
    return claimed;
  }

  /** The same object for the same message, so that a memoised row renders once. */
  private stored(message: Message, key: string, { userUUID }: Reader): ShownMessage {
    const known = this.shown.get(message);
    const isOwn = message.SenderUUID === userUUID;
    if (known?.key === key && known.isOwn === isOwn) return known;
    const shown: ShownMessage = { ...message, key, state: 'stored', isOwn };
    this.shown.set(message, shown);
    return shown;
  }

  private outgoing(post: OutgoingPost, reader: Reader): ShownMessage {
    const shown = this.waiting.get(post) ?? waitingMessage(post, reader);
    this.waiting.set(post, shown);
    return shown;
  }

  private remember(UUID: string, key: string): void {
    if (this.keys.has(UUID)) return;
    this.keys.set(UUID, key);
    this.remembered += 1;
    if (this.keys.size > MOST_KEYS) this.keys.delete(this.keys.keys().next().value!);
  }
}

/** How many messages both begin with. */
function commonLength(one: readonly Message[], other: readonly Message[]): number {
  let length = 0;
  while (length < one.length && one[length] === other[length]) length += 1;
  return length;
}

function waitingMessage(post: OutgoingPost, { userUUID = '', username }: Reader): ShownMessage {
  const { key, text, replyTo, createdAt, state, error, ack } = post;
  return {
    key,
    state,
    isOwn: true,
    UUID: ack?.UUID ?? '',
    Seq: ack?.Seq ?? 0,
    ChannelUUID: ack?.ChannelUUID ?? '',
    CreatedAt: ack?.CreatedAt ?? createdAt,
    SenderUUID: userUUID,
    Sender: { UUID: userUUID, Username: username() ?? '', OnLine: true },
    RecipientUUID: '',
    Message: text,
    ...(replyTo && { replyTo }),
    ...(error && { error }),
  };
}
