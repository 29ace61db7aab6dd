import type { Logger } from '@parley/service-kit';
import type { Listener, Subscriber } from '../delivery/subscriber.js';
import { atEndOfTurn } from '../pacing/end-of-turn.js';

/**
 * Subscriptions that change at once, and the time to the next ones in milliseconds: the channels that clients join share the
 * connection, and a crowd that comes back has hundreds of thousands of users to watch.
 */
export const CHANGED_AT_ONCE = 500;
export const CHANGED_EVERY_MS = 10;

/** Keeps the subscriptions to the channels of watched users. What is wanted and no longer wanted shortly after costs nothing. */
export class WatchSubscriptions {
  /** What is to change: whether the channel is wanted. */
  private readonly due = new Map<string, boolean>();
  private pause: NodeJS.Timeout | undefined;

  constructor(
    private readonly subscriber: Subscriber,
    private readonly channelOf: (userUUID: string) => string,
    private readonly listener: Listener,
    private readonly logger: Logger,
  ) {}

  /** Subscribes for a user, or no longer. Each call is the opposite of the last one for the same user. */
  change(userUUID: string, isWanted: boolean): void {
    if (!this.due.delete(userUUID)) this.due.set(userUUID, isWanted);
    if (this.due.size === 1 && this.pause === undefined) atEndOfTurn(() => this.send());
  }

  /** Sends nothing any more. */
  stop(): void {
    this.due.clear();
    clearTimeout(this.pause);
  }

  private send(): void {
    if (this.pause !== undefined) return;
    let left = CHANGED_AT_ONCE;
    for (const [userUUID, isWanted] of this.due) {
      if (left === 0) break;
      left -= 1;
      this.due.delete(userUUID);
      this.sendOne(this.channelOf(userUUID), isWanted);
    }
    this.pause = setTimeout(() => {
      this.pause = undefined;
      if (this.due.size > 0) this.send();
    }, CHANGED_EVERY_MS).unref();
  }

  private sendOne(channel: string, isWanted: boolean): void {
    const sent = isWanted
      ? this.subscriber.subscribe(channel, this.listener)
      : this.subscriber.unsubscribe(channel);
    sent.catch((error: unknown) => this.logger.warn({ err: error }, 'could not change what is watched'));
  }
}
