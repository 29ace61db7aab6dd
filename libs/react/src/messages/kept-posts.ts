import { ChatError } from '@parley/client';
import type { Reply } from '@parley/protocol';
import { type ChatStorage, isRecord, KeptByChannel } from '../kept.js';
import type { OutgoingPost } from './outgoing-post.js';

/** The most channels whose posts outlive the page: the oldest go first. */
const MOST_CHANNELS = 100;

/** A post as a storage has it. */
interface StoredPost {
  readonly clientUUID: string;
  readonly text: string;
  readonly at: string;
  readonly state: 'sending' | 'failed';
  readonly replyTo?: Reply | undefined;
  /** Without it, no message that is there already may be taken for the post. */
  readonly after?: number;
  /** Why it failed, in words. */
  readonly error?: string;
  readonly errorName?: string;
}

/** The posts that the server does not have yet, where a storage keeps them. They are kept separately for each user. */
export class KeptPosts {
  private readonly kept: KeptByChannel<readonly StoredPost[]>;

  constructor(storage: ChatStorage | undefined) {
    this.kept = new KeptByChannel(storage, 'pending', postsIn);
  }

  /** The key of each channel comes before its posts. */
  of(userUUID: string | undefined): readonly (readonly [string, readonly OutgoingPost[]])[] {
    return this.kept.entriesOf(userUUID).map(([channel, posts]) => [channel, posts.map(restored)]);
  }

  /** Puts a post in place of what is kept of it, or adds it. */
  put(userUUID: string | undefined, channel: string, post: OutgoingPost): void {
    const stored = storedAs(post);
    this.change(userUUID, channel, (posts) => {
      const isKept = posts.some(({ clientUUID }) => clientUUID === post.key);
      return isKept
        ? posts.map((each) => (each.clientUUID === post.key ? stored : each))
        : [...posts, stored];
    });
  }

  drop(userUUID: string | undefined, channel: string, key: string): void {
    this.change(userUUID, channel, (posts) => posts.filter(({ clientUUID }) => clientUUID !== key));
  }

  private change(
    userUUID: string | undefined,
    channel: string,
    change: (posts: readonly StoredPost[]) => readonly StoredPost[],
  ): void {
    const posts = change(this.kept.of(userUUID, channel) ?? []);
    this.kept.put(userUUID, channel, posts.length > 0 ? posts : undefined, MOST_CHANNELS);
  }
}

const storedAs = ({ key, text, createdAt, after, replyTo, state, error }: OutgoingPost): StoredPost => ({
  ...{ clientUUID: key, text, at: createdAt, after, state: state === 'failed' ? 'failed' : 'sending' },
  ...(replyTo && { replyTo }),
  ...(error && { error: error.message, errorName: error.name }),
});

const restored = (stored: StoredPost): OutgoingPost => {
  const { clientUUID, text, at, state, replyTo, after = Number.MAX_SAFE_INTEGER } = stored;
  const { error, errorName = 'INTERNAL' } = stored;
  return {
    ...{ key: clientUUID, text, createdAt: at, state, after },
    ...(replyTo && { replyTo }),
    ...(error !== undefined && { error: new ChatError(errorName, error, false) }),
  };
};

function postsIn(value: unknown): readonly StoredPost[] | undefined {
  return Array.isArray(value) ? value.filter(isStoredPost) : undefined;
}

const isStoredPost = (value: unknown): value is StoredPost =>
  isRecord(value) &&
  ['clientUUID', 'text', 'at'].every((field) => typeof value[field] === 'string') &&
  (value['state'] === 'sending' || value['state'] === 'failed') &&
  (value['replyTo'] === undefined || isReply(value['replyTo'])) &&
  ['error', 'errorName'].every((field) => ['undefined', 'string'].includes(typeof value[field])) &&
  ['undefined', 'number'].includes(typeof value['after']);

const isReply = (value: unknown): boolean =>
  isRecord(value) &&
  ['UUID', 'SenderUUID', 'Username'].every((field) => typeof value[field] === 'string') &&
  typeof value['Seq'] === 'number';
