import { type ChatClient, ChatError, type Target } from '@parley/client';
import type { Message, Reply } from '@parley/protocol';
import { isRecord, Kept, type KeyValues } from '../storage.js';
import { Store } from '../store.js';

/** A message that the server has not acknowledged yet, or has refused. */
export interface PendingPost {
  /** Under which the server stores it once, however often it is sent. */
  readonly clientUUID: string;
  readonly text: string;
  readonly replyTo?: Reply;
  /** When it was written, as RFC 3339. */
  readonly at: string;
  readonly state: 'sending' | 'failed';
  /** Why it failed. */
  readonly error?: string;
}

/** By the key of the conversation. */
type Posts = Readonly<Record<string, readonly PendingPost[]>>;

interface Addressed {
  readonly key: string;
  readonly target: Target;
}

const NONE: readonly PendingPost[] = [];

/**
 * Messages on their way. They outlive a lost connection and a reload of the page: each is sent under its own id until the server has
 * acknowledged it, and is stored once. What the server refuses stays here until the user sends it again or gives it up.
 */
export class PendingPosts {
  readonly posts: Store<Posts>;
  private readonly kept: Kept<Posts>;

  constructor(
    private readonly client: Pick<ChatClient, 'post'>,
    storage: KeyValues | undefined,
    me: string,
    private readonly newId: () => string,
  ) {
    this.kept = new Kept(storage, `parley.pending.${me}`, isPosts);
    this.posts = new Store(this.kept.read() ?? {});
    this.posts.subscribe(() => this.kept.write(this.posts.get()));
  }

  of(key: string): readonly PendingPost[] {
    return this.posts.get()[key] ?? NONE;
  }

  /** Sends again what a page before this one has not seen acknowledged. */
  resume(targetOf: (key: string) => Target | undefined): void {
    for (const [key, posts] of Object.entries(this.posts.get())) {
      const target = targetOf(key);
      for (const post of posts)
        if (target && post.state === 'sending') void this.transmit({ key, target }, post);
    }
  }

  send(where: Addressed, text: string, replyTo?: Reply): void {
    const post: PendingPost = {
      ...{ clientUUID: this.newId(), text, at: new Date().toISOString(), state: 'sending' },
      ...(replyTo && { replyTo }),
    };
    this.change(where.key, (posts) => [...posts, post]);
    void this.transmit(where, post);
  }

  /** Under the same id: if the server has it after all, it is not stored twice. */
  retry(where: Addressed, { error: _, ...post }: PendingPost): void {
    const again: PendingPost = { ...post, state: 'sending' };
    this.replace(where.key, again);
    void this.transmit(where, again);
  }

  discard(key: string, { clientUUID }: PendingPost): void {
    this.change(key, (posts) => posts.filter((post) => post.clientUUID !== clientUUID));
  }

  /** An own message has come: the first of those on their way with its text is there, although its ack may still be on its way. */
  arrived(key: string, { Message }: Message): void {
    const post = this.of(key).find(({ state, text }) => state === 'sending' && text === Message);
    if (post) this.discard(key, post);
  }

  private async transmit({ key, target }: Addressed, post: PendingPost): Promise<void> {
    const { clientUUID, text, replyTo } = post;
    try {
      await this.client.post(target, text, { clientUUID, ...(replyTo && { replyTo: replyTo.UUID }) });
      this.discard(key, post);
    } catch (error) {
      // A closed client sends it the next time.
      const isKept = error instanceof ChatError && CLOSED.has(error.name);
      if (!isKept) this.replace(key, { ...post, state: 'failed', error: (error as Error).message });
    }
  }

  private replace(key: string, post: PendingPost): void {
    this.change(key, (posts) => posts.map((each) => (each.clientUUID === post.clientUUID ? post : each)));
  }

  private change(key: string, change: (posts: readonly PendingPost[]) => readonly PendingPost[]): void {
    this.posts.update(({ [key]: posts = NONE, ...others }) => {
      const changed = change(posts);
      return changed.length > 0 ? { ...others, [key]: changed } : others;
    });
  }
}

/** With these, the session is over, and the message may still be sent in the next one. */
const CLOSED: ReadonlySet<string> = new Set(['NOT_SIGNED_IN', 'SESSION_EXPIRED']);

const isPosts = (value: unknown): value is Posts =>
  isRecord(value) &&
  Object.values(value).every(
    (posts) =>
      Array.isArray(posts) && posts.every((post) => isRecord(post) && typeof post['text'] === 'string'),
  );
