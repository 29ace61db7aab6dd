import type { ChatClient, Target } from '@parley/client';
import type { Message } from '@parley/protocol';
import { plainLine } from '../output/plain-text.js';
import type { PendingPost } from './chat-state.js';

/** How many failed messages are shown before the oldest is forgotten. */
const MOST_FAILED = 20;

/** The reader's messages on their way: shown until the server has them, and afterwards where that is known to have failed. */
export class Posts {
  private pending: readonly PendingPost[] = [];
  private count = 0;

  /** @param changed is called with those that are pending. */
  constructor(
    private readonly client: Pick<ChatClient, 'post'>,
    private readonly changed: (pending: readonly PendingPost[]) => void,
  ) {}

  /** Sends a message: once, however often it takes, and after those before it. */
  send(conversationId: string, target: Target, text: string): void {
    this.count += 1;
    const key = String(this.count);
    this.set([...this.pending, { key, conversationId, text }]);
    this.client.post(target, text).then(
      () => this.drop(key),
      (error: Error) => this.fail(key, plainLine(error.message)),
    );
  }

  /** A message of the reader has come: it may do so before its acknowledgement, and is not shown twice. */
  seen({ Message: text }: Message): void {
    const post = this.pending.find((each) => each.failure === undefined && each.text === text);
    if (post !== undefined) this.drop(post.key);
  }

  private drop(key: string): void {
    if (this.pending.some((each) => each.key === key))
      this.set(this.pending.filter((each) => each.key !== key));
  }

  private fail(key: string, failure: string): void {
    const all = this.pending.map((each) => (each.key === key ? { ...each, failure } : each));
    const failed = all.filter((each) => each.failure !== undefined);
    const forgotten = failed.slice(0, Math.max(failed.length - MOST_FAILED, 0));
    this.set(all.filter((each) => !forgotten.includes(each)));
  }

  private set(pending: readonly PendingPost[]): void {
    this.pending = pending;
    this.changed(pending);
  }
}
