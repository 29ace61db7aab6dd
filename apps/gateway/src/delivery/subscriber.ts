import type { RedisConnection } from '@parley/redis';
import { Cluster, type Redis } from 'ioredis';
import { withinWaking } from '../pacing/waking-clock.js';
import { SubscriptionChanges } from './subscription-changes.js';

/**
 * Time between two pings of the connection, and time for the answer, in milliseconds. Without one, it is replaced; not
 * after a stall of this process, which has left the answer unread.
 */
const PING_EVERY_MS = 2_000;
const PING_TIMEOUT_MS = 4_000;
/** How long renewed subscriptions of a Cluster may take to be in force, in milliseconds. */
const SHARDS_SETTLE_MS = 1_000;

/** Takes what is published on one channel. */
export type Listener = (message: Buffer) => void;

/** Receives what is published on the channels that it was asked to subscribe to. */
export interface Subscriber {
  /** Resolves when Redis has confirmed. Calls for one channel take effect in the order in which they were made. */
  subscribe(channel: string, listener: Listener): Promise<void>;
  unsubscribe(channel: string): Promise<void>;
}

/**
 * Subscribes over one Redis connection, with sharded pub/sub on a Cluster. After a lost connection ioredis renews every
 * subscription. A connection to a Redis that is frozen or cut off delivers nothing and does not end: it is pinged, and
 * replaced when it does not answer.
 */
export class RedisSubscriber implements Subscriber {
  private readonly sharded: boolean;
  /** Undefined on a Cluster, where each channel has a slot and so a command of its own. */
  private readonly changes: SubscriptionChanges | undefined;
  private readonly listeners = new Map<string, Listener>();
  private readonly watch: NodeJS.Timeout | undefined;
  private isPinging = false;

  /** @param redis a connection for subscriptions alone, which waits for Redis without a limit; `close` closes it. */
  constructor(private readonly redis: RedisConnection) {
    this.sharded = redis instanceof Cluster;
    redis.on(this.sharded ? 'smessageBuffer' : 'messageBuffer', (channel: Buffer, message: Buffer) =>
      this.listeners.get(channel.toString())?.(message),
    );
    // On a Cluster no ping is needed: the nodes tell the client which one has failed.
    if (redis instanceof Cluster) return;
    this.changes = new SubscriptionChanges(redis);
    this.watch = setInterval(() => void this.ping(redis), PING_EVERY_MS).unref();
  }

  async subscribe(channel: string, listener: Listener): Promise<void> {
    this.listeners.set(channel, listener);
    await (this.changes?.add('subscribe', channel) ?? this.redis.ssubscribe(channel));
  }

  async unsubscribe(channel: string): Promise<void> {
    this.listeners.delete(channel);
    await (this.changes?.add('unsubscribe', channel) ?? this.redis.sunsubscribe(channel));
  }

  /**
   * Calls the listener whenever a lost connection and its subscriptions have been renewed: messages that were published
   * meanwhile are lost. On a Cluster it is called once more a little later, because the client does not say when the last
   * subscription is in force.
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
      // Redis answers it after the renewed subscriptions. If it fails, the connection was lost again.
      (this.redis as Redis).subscribe(channel).then(listener, () => undefined);
    });
  }

  isReady(): boolean {
    return this.redis.status === 'ready';
  }

  close(): void {
    clearInterval(this.watch);
    this.redis.disconnect();
  }

  private async ping(redis: Redis): Promise<void> {
    if (this.isPinging || redis.status !== 'ready') return;
    this.isPinging = true;
    const isAlive = await withinWaking(PING_TIMEOUT_MS, redis.ping()).then(
      () => true,
      () => false,
    );
    this.isPinging = false;
    if (!isAlive && redis.status === 'ready') redis.disconnect(true);
  }
}
