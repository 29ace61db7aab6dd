import type { RedisConnection } from '@parley/redis';
import { Cluster } from 'ioredis';

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

  isReady(): boolean {
    return this.redis.status === 'ready';
  }

  close(): void {
    this.redis.disconnect();
  }
}
