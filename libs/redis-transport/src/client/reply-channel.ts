import type { LoggerService } from '@nestjs/common';
import type { Cluster } from 'ioredis';
import type { RedisLink } from '../redis-link.js';
import type { RedisConnection } from '../transport-options.js';

/** How long (ms) until a failed subscription is tried again. */
const AGAIN_AFTER_MS = 200;

export interface ReplyChannelOptions {
  link: RedisLink;
  channels: readonly string[];
  onMessage: (body: string) => void;
  /** Called each time that the subscription is established, including after a break. */
  onUp: () => void;
  onDown: () => void;
  logger: LoggerService;
}

/** Whether replies use sharded pub/sub, which on a Cluster involves only one node. */
export function isSharded(client: RedisConnection): boolean {
  return client.isCluster && (client as Cluster).options.shardedSubscribers === true;
}

/** Keeps the subscriptions of one client alive as long as its link. */
export class ReplyChannel {
  private isUp = false;
  private isClosed = false;
  private againTimer?: NodeJS.Timeout;

  constructor(private readonly options: ReplyChannelOptions) {
    const { link } = options;
    link.on('client', (client) => this.listenTo(client));
    link.on('ready', () => this.subscribe());
    link.on('lost', () => this.lost());
    link.on('moved', () => this.isUp && this.options.onUp());
  }

  get up(): boolean {
    return this.isUp;
  }

  close(): void {
    this.isClosed = true;
    this.isUp = false;
    clearTimeout(this.againTimer);
  }

  private listenTo(client: RedisConnection): void {
    const { onMessage } = this.options;
    const channels = new Set(this.options.channels);
    client.on(isSharded(client) ? 'smessage' : 'message', (from: string, body: string) => {
      if (channels.has(from)) onMessage(body);
    });
  }

  private subscribe(): void {
    const { link, channels, onUp, logger } = this.options;
    const sharded = isSharded(link.client);
    link
      .run((client): Promise<unknown> => {
        // On a Cluster they lie in different slots, and one command names those of one slot.
        if (sharded) return Promise.all(channels.map((channel) => client.ssubscribe(channel)));
        return client.subscribe(...channels);
      })
      .then(
        () => {
          if (this.isClosed) return;
          this.isUp = true;
          onUp();
        },
        (error: unknown) => {
          if (this.isClosed || !link.ready) return;
          logger.error(error);
          this.againTimer = setTimeout(
            () => !this.isClosed && link.ready && this.subscribe(),
            AGAIN_AFTER_MS,
          );
        },
      );
  }

  private lost(): void {
    clearTimeout(this.againTimer);
    if (!this.isUp) return;
    this.isUp = false;
    this.options.onDown();
  }
}
