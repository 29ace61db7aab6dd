import type { ChatClient, Target } from '@parley/client';
import { keyOf } from '../shared/channel-ref.js';

/** A connection follows at most 256 channels. The rest is for what components show. */
const MOST_FOLLOWED = 240;

interface Following {
  readonly target: Target;
  /** Absent until the server has answered. */
  channelUUID?: string;
}

/** Subscribes to the conversations of a list, if that is wanted. The subscriptions end with the session. */
export class Follower {
  /** By the keys of their targets. */
  private readonly followed = new Map<string, Following>();
  /** The channels of those that the server has answered: they are looked up at each news of a group. */
  private readonly channelUUIDs = new Set<string>();
  private readonly unanswered = new Set<Following>();

  constructor(
    private readonly client: ChatClient,
    private readonly isWanted: boolean,
  ) {}

  /** @throws ChatError if the channel is not open to the user. */
  async follow(target: Target): Promise<void> {
    const key = keyOf(target);
    const isFull = this.followed.size >= MOST_FOLLOWED;
    if (!this.isWanted || isFull || this.followed.has(key)) return;
    const following: Following = { target };
    this.followed.set(key, following);
    this.unanswered.add(following);
    try {
      const { channelUUID } = await this.client.subscribe(target);
      if (this.unanswered.has(following)) this.answered(following, channelUUID);
    } catch (error) {
      if (this.unanswered.has(following)) this.end(target);
      throw error;
    }
  }

  /** Whether this follows a channel, or is about to. */
  follows(channelUUID: string): boolean {
    if (this.channelUUIDs.has(channelUUID)) return true;
    return [...this.unanswered].some(({ target }) => this.client.channelUUID(target) === channelUUID);
  }

  /** The channel is no longer open to the user. */
  end(target: Target): void {
    const key = keyOf(target);
    const following = this.followed.get(key);
    if (following === undefined) return;
    this.followed.delete(key);
    this.unanswered.delete(following);
    if (following.channelUUID !== undefined) this.channelUUIDs.delete(following.channelUUID);
  }

  clear(): void {
    this.followed.clear();
    this.channelUUIDs.clear();
    this.unanswered.clear();
  }

  private answered(following: Following, channelUUID: string): void {
    following.channelUUID = channelUUID;
    this.channelUUIDs.add(channelUUID);
    this.unanswered.delete(following);
  }
}
