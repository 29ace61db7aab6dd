import type { RedisConnection } from '@parley/redis';
import { Cluster, type Redis } from 'ioredis';

/** How long renewed subscriptions of a Cluster may take to hold, in milliseconds. */
const SHARDS_SETTLE_MS = 1_000;

/** Takes what is published on one channel. */
export type Listener = (message: Buffer) => void;

/** Receives what is published on the channels that it was asked to subscribe to. */
export interface Subscriber {
  /** Resolves when Redis has confirmed; calls for one channel take effect in the order in which they were made. */
  subscribe(channel: string, listener: Listener): Promise<void>;
  unsubscribe(channel: string): Promise<void>;
}

/**
 * Subscribes over one Redis connection; with sharded pub/sub on a Cluster. After a lost connection the client
 * subscribes again by itself to whatever it was subscribed to.
 */
export class RedisSubscriber implements Subscriber {
  private readonly sharded: boolean;
  private readonly listeners = new Map<string, Listener>();

  /** @param redis a connection for this alone, which waits for Redis for as long as it takes; closed by `close`. */
  constructor(private readonly redis: RedisConnection) {
    this.sharded = redis instanceof Cluster;
    redis.on(this.sharded ? 'smessageBuffer' : 'messageBuffer', (channel: Buffer, message: Buffer) =>
      this.listeners.get(channel.toString())?.(message),
    );
  }

  async subscribe(channel: string, listener: Listener): Promise<void> {
    this.listeners.set(channel, listener);
    await (this.sharded ? this.redis.ssubscribe(channel) : this.redis.subscribe(channel));
  }

  async unsubscribe(channel: string): Promise<void> {
    this.listeners.delete(channel);
    await (this.sharded ? this.redis.sunsubscribe(channel) : this.redis.unsubscribe(channel));
  }

  /**
   * Calls the listener whenever a lost connection has been renewed and every subscription with it: what was published
   * in between did not come. On a Cluster it is called a little later once more, for the client does not say when the
   * last subscription holds.
   */
  onRenewed(listener: () => void): void {
    if (this.sharded) {
      this.redis.on('subscribersReady', () => {
        listener();
        setTimeout(listener, SHARDS_SETTLE_MS).unref();
      });
      return;
    }
    this.redis.on('ready', () => {
      const [channel] = this.listeners.keys();
      if (channel === undefined) return;
      // Answered behind the subscriptions that the client renews; a failure comes with the next lost connection.
      (this.redis as Redis).subscribe(channel).then(listener, () => undefined);
    });
  }

  isReady(): boolean {
    return this.redis.status === 'ready';
  }

  close(): void {
    this.redis.disconnect();
  }
}
