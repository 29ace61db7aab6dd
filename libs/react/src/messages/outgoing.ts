import { type ChatClient, ChatError, type Payload } from '@parley/client';
import type { Message } from '@parley/protocol';
import type { ChatStorage } from '../kept.js';
import { type ChannelRef, keyOf, targetOf } from '../shared/channel-ref.js';
import { Source } from '../shared/source.js';
import { KeptPosts } from './kept-posts.js';
import { type OutgoingPost, quoteOf } from './outgoing-post.js';

/** The most posts of a channel that wait or have failed: a user who is offline for long, and types on, keeps the next as a draft. */
const MOST_POSTS = 200;

const NONE: readonly OutgoingPost[] = [];

/** With these, the session is over, and the post may still be sent in the next one. */
const OVER: ReadonlySet<string> = new Set(['NOT_SIGNED_IN', 'SESSION_EXPIRED']);

/** 128 random bits in hex. It works in pages that were not served over TLS, too. */
function randomKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/**
 * The posts that are under way or have failed, by channel. They do not depend on what is shown: a user may look elsewhere. What a
 * session leaves unsent is sent in the next one of the same user, and with a storage also by the next page.
 */
export class Outgoing {
  private readonly channels = new Map<string, Source<readonly OutgoingPost[]>>();
  private readonly kept: KeptPosts;
  /** The keys of the posts that wait for their answers. */
  private readonly underWay = new Set<string>();
  private userUUID: string | undefined;

  constructor(
    private readonly client: ChatClient,
    storage: ChatStorage | undefined,
  ) {
    this.kept = new KeptPosts(storage);
    this.belongTo(client.session?.userUUID);
    client.on('state', ({ state }) => {
      if (state !== 'online') return;
      this.belongTo(client.session?.userUUID);
      this.resume();
    });
  }

  of(channel: ChannelRef): readonly OutgoingPost[] {
    return this.channels.get(keyOf(channel))?.value ?? NONE;
  }

  /** @returns a function that removes the listener. */
  subscribe(channel: ChannelRef, listener: () => void): () => void {
    return this.source(keyOf(channel)).subscribe(listener);
  }

  /**
   * Posts a text. It shows as `sending` at once.
   * @param after the newest Seq that is known of the channel.
   * @returns its key.
   * @throws ChatError LIMIT_REACHED when too many wait.
   */
  post(channel: ChannelRef, text: string, after: number, replyTo?: Message): string {
    if (this.of(channel).filter(({ ack }) => ack === undefined).length >= MOST_POSTS)
      throw ChatError.of('LIMIT_REACHED', `${MOST_POSTS} messages are waiting to be sent.`);
    const key = randomKey();
    const createdAt = new Date().toISOString();
    this.put(channel, {
      key,
      text,
      replyTo: replyTo && quoteOf(replyTo),
      after,
      createdAt,
      state: 'sending',
    });
    void this.send(channel, key);
    return key;
  }

  /** Sends what an earlier page or session has not seen answered. */
  resume(): void {
    if (this.client.session === undefined) return;
    for (const [channel, { value: posts }] of this.channels)
      for (const { key, state } of posts)
        if (state === 'sending' && !this.underWay.has(key)) void this.send(channel, key);
  }

  /** Sends a failed post again. Does nothing for another one. */
  retry(channel: ChannelRef, key: string): void {
    const post = this.find(channel, key);
    if (post?.state !== 'failed') return;
    this.put(channel, { ...post, state: 'sending', error: undefined });
    void this.send(channel, key);
  }

  /** Forgets a failed post. */
  discard(channel: ChannelRef, key: string): void {
    if (this.find(channel, key)?.state !== 'failed') return;
    this.kept.drop(this.userUUID, keyOf(channel), key);
    this.drop(channel, (post) => post.key === key);
  }

  /** Forgets the stored ones up to a Seq: they are among the messages now. */
  arrived(channel: ChannelRef, seq: number): void {
    this.drop(channel, ({ ack }) => ack !== undefined && ack.Seq <= seq);
  }

  /** What one user has not sent, another does not see. */
  private belongTo(userUUID: string | undefined): void {
    if (userUUID === this.userUUID) return;
    const isOther = this.userUUID !== undefined;
    this.userUUID = userUUID;
    if (isOther) for (const posts of this.channels.values()) posts.set(NONE);
    for (const [channel, posts] of this.kept.of(userUUID)) {
      const source = this.source(channel);
      source.set([...posts, ...source.value]);
    }
  }

  private async send(channel: ChannelRef, key: string): Promise<void> {
    const { text, replyTo } = this.find(channel, key)!;
    const options = { clientUUID: key, ...(replyTo && { replyTo: replyTo.UUID }) };
    this.underWay.add(key);
    try {
      this.stored(channel, key, await this.client.post(targetOf(channel), text, options));
    } catch (error) {
      this.failed(channel, key, error as ChatError);
    } finally {
      this.underWay.delete(key);
    }
  }

  private stored(channel: ChannelRef, key: string, ack: Payload<'ack'>): void {
    const post = this.find(channel, key);
    if (post === undefined) return;
    this.kept.drop(this.userUUID, keyOf(channel), key);
    this.show(channel, { ...post, state: 'stored', ack });
    // Nobody would say that it has arrived.
    if (!this.source(keyOf(channel)).isHeard) this.drop(channel, (each) => each.ack !== undefined);
  }

  private failed(channel: ChannelRef, key: string, error: ChatError): void {
    const post = this.find(channel, key);
    if (post !== undefined && !OVER.has(error.name)) this.put(channel, { ...post, state: 'failed', error });
  }

  private find(channel: ChannelRef, key: string): OutgoingPost | undefined {
    return this.of(channel).find((post) => post.key === key);
  }

  /** Shows a post, and keeps it beyond the page. */
  private put(channel: ChannelRef, post: OutgoingPost): void {
    this.kept.put(this.userUUID, keyOf(channel), post);
    this.show(channel, post);
  }

  private show(channel: ChannelRef, post: OutgoingPost): void {
    const posts = this.of(channel);
    const isKnown = posts.some(({ key }) => key === post.key);
    const changed = isKnown ? posts.map((each) => (each.key === post.key ? post : each)) : [...posts, post];
    this.source(keyOf(channel)).set(changed);
  }

  private drop(channel: ChannelRef, isOver: (post: OutgoingPost) => boolean): void {
    const posts = this.of(channel);
    const left = posts.filter((post) => !isOver(post));
    if (left.length < posts.length) this.source(keyOf(channel)).set(left);
  }

  private source(key: string): Source<readonly OutgoingPost[]> {
    const known = this.channels.get(key) ?? new Source(NONE);
    this.channels.set(key, known);
    return known;
  }
}
