import type { ChatClient, Target } from '@parley/client';
import { keyOf } from '../shared/channel-ref.js';

/** A connection follows at most 256 channels. The rest is for what components show. */
const MOST_FOLLOWED = 240;

/** Subscribes to the conversations of a list, if that is wanted. The subscriptions end with the session. */
export class Follower {
  private readonly followed = new Map<string, Target>();

  constructor(
    private readonly client: ChatClient,
    private readonly isWanted: boolean,
  ) {}

  /** @throws ChatError if the channel is not open to the user. */
  async follow(target: Target): Promise<void> {
    const key = keyOf(target);
    const isFull = this.followed.size >= MOST_FOLLOWED;
    if (!this.isWanted || isFull || this.followed.has(key)) return;
    this.followed.set(key, target);
    try {
      await this.client.subscribe(target);
    } catch (error) {
      this.followed.delete(key);
      throw error;
    }
  }

  /** Whether this follows a channel, or is about to. */
  follows(channelUUID: string): boolean {
    return [...this.followed.values()].some((target) => this.client.channelUUID(target) === channelUUID);
  }

  /** The channel is no longer open to the user. */
  end(target: Target): void {
    this.followed.delete(keyOf(target));
  }

  clear(): void {
    this.followed.clear();
  }
}
