import { type ChatClient, ChatError, type Payload } from '@parley/client';
import type { Message } from '@parley/protocol';
import { type ChannelRef, keyOf, targetOf } from '../shared/channel-ref.js';
import { Source } from '../shared/source.js';

/** A post of this client that is not yet among the messages of its channel. */
export interface OutgoingPost {
  /** Its `clientUUID`. Sent again under it, it is stored once. */
  readonly key: string;
  readonly text: string;
  /** The message that it answers. */
  readonly replyTo?: Message | undefined;
  /** RFC 3339. */
  readonly createdAt: string;
  /** Messages up to this Seq are older than the post. */
  readonly after: number;
  readonly state: 'sending' | 'failed' | 'stored';
  readonly error?: ChatError;
  readonly ack?: Payload<'ack'>;
}

/** The most posts of a channel that are kept: a user who is offline for long, and types on, sees that it fails. */
const MOST_POSTS = 200;

const NONE: readonly OutgoingPost[] = [];

/** 128 random bits in hex. It works in pages that were not served over TLS, too. */
function randomKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** The posts that are under way or have failed, by channel. They do not depend on what is shown: a user may look elsewhere. */
export class Outgoing {
  private readonly channels = new Map<string, Source<readonly OutgoingPost[]>>();

  private userUUID: string | undefined;

  constructor(private readonly client: ChatClient) {
    this.userUUID = client.session?.userUUID;
    client.on('state', ({ state }) => {
      if (state === 'online') this.belongTo(client.session?.userUUID);
    });
  }

  of(channel: ChannelRef): readonly OutgoingPost[] {
    return this.channels.get(keyOf(channel))?.value ?? NONE;
  }

  /** @returns a function that removes the listener. */
  subscribe(channel: ChannelRef, listener: () => void): () => void {
    return this.source(channel).subscribe(listener);
  }

  /**
   * Posts a text. It shows as `sending` at once.
   * @param after the newest Seq that is known of the channel.
   * @returns its key.
   */
  post(channel: ChannelRef, text: string, after: number, replyTo?: Message): string {
    const post = { key: randomKey(), text, replyTo, after, createdAt: new Date().toISOString() };
    const posts = this.of(channel);
    if (posts.length >= MOST_POSTS) {
      const error = ChatError.of('LIMIT_REACHED', `${MOST_POSTS} messages are waiting to be sent.`);
      const failed: OutgoingPost = { ...post, state: 'failed', error };
      this.source(channel).set([...posts.slice(-MOST_POSTS), failed]);
      return post.key;
    }
    this.source(channel).set([...posts, { ...post, state: 'sending' }]);
    void this.send(channel, post.key);
    return post.key;
  }

  /** Sends a failed post again. Does nothing for another one. */
  retry(channel: ChannelRef, key: string): void {
    if (this.find(channel, key)?.state !== 'failed') return;
    this.change(channel, key, { state: 'sending', error: undefined });
    void this.send(channel, key);
  }

  /** Forgets a failed post. */
  discard(channel: ChannelRef, key: string): void {
    if (this.find(channel, key)?.state === 'failed') this.drop(channel, (post) => post.key === key);
  }

  /** Forgets the stored ones up to a Seq: they are among the messages now. */
  arrived(channel: ChannelRef, seq: number): void {
    this.drop(channel, ({ ack }) => ack !== undefined && ack.Seq <= seq);
  }

  /** What one user has not sent, another does not see. */
  private belongTo(userUUID: string | undefined): void {
    const isOther = this.userUUID !== undefined && this.userUUID !== userUUID;
    this.userUUID = userUUID;
    if (isOther) for (const posts of this.channels.values()) posts.set(NONE);
  }

  private async send(channel: ChannelRef, key: string): Promise<void> {
    const { text, replyTo } = this.find(channel, key)!;
    const options = { clientUUID: key, ...(replyTo && { replyTo: replyTo.UUID }) };
    try {
      const ack = await this.client.post(targetOf(channel), text, options);
      this.change(channel, key, { state: 'stored', ack });
    } catch (error) {
      this.change(channel, key, { state: 'failed', error: error as ChatError });
    }
  }

  private find(channel: ChannelRef, key: string): OutgoingPost | undefined {
    return this.of(channel).find((post) => post.key === key);
  }

  private change(channel: ChannelRef, key: string, news: Partial<OutgoingPost>): void {
    if (this.find(channel, key) === undefined) return;
    this.source(channel).set(
      this.of(channel).map((post) => (post.key === key ? { ...post, ...news } : post)),
    );
  }

  private drop(channel: ChannelRef, isOver: (post: OutgoingPost) => boolean): void {
    const posts = this.of(channel);
    const left = posts.filter((post) => !isOver(post));
    if (left.length < posts.length) this.source(channel).set(left);
  }

  private source(channel: ChannelRef): Source<readonly OutgoingPost[]> {
    const key = keyOf(channel);
    const known = this.channels.get(key) ?? new Source(NONE);
    this.channels.set(key, known);
    return known;
  }
}
