import type { Redis } from 'ioredis';
import { atEndOfTurn } from '../pacing/end-of-turn.js';

type Kind = 'subscribe' | 'unsubscribe';

/** Channels that are subscribed to, or unsubscribed from, by one command. */
interface Change {
  readonly kind: Kind;
  readonly channels: string[];
  readonly done: Promise<void>;
  readonly settle: (outcome: Promise<void>) => void;
}

/**
 * Sends the subscriptions and unsubscriptions of one turn of the event loop in few commands: thousands of clients that come
 * at once have thousands of channels. They take effect in the order of the calls.
 */
export class SubscriptionChanges {
  private changes: Change[] = [];

  constructor(private readonly redis: Redis) {}

  /** Resolves when Redis has confirmed. */
  add(kind: Kind, channel: string): Promise<void> {
    const last = this.changes.at(-1);
    const change = last?.kind === kind ? last : this.begin(kind);
    change.channels.push(channel);
    return change.done;
  }

  private begin(kind: Kind): Change {
    let settle!: Change['settle'];
    const done = new Promise<void>((resolve) => {
      settle = resolve;
    });
    const change = { kind, channels: [], done, settle };
    if (this.changes.push(change) === 1) atEndOfTurn(() => this.send());
    return change;
  }

  private send(): void {
    const { changes } = this;
    this.changes = [];
    for (const { kind, channels, settle } of changes)
      settle(this.redis[kind](...channels).then(() => undefined));
  }
}
