import type { LoggerService } from '@nestjs/common';
import { RedisLink } from '../redis-link.js';
import { RedisTransportError } from '../transport-error.js';
import type { RedisConnection } from '../transport-options.js';
import { isSharded, ReplyChannel } from './reply-channel.js';

/** Bursts of Cluster topology events within this time (ms) count as one. */
const SETTLE_MS = 100;

export interface ClientLinksOptions {
  connect: () => RedisConnection;
  /** One for each partition. */
  replyChannels: readonly string[];
  onReply: (body: string) => void;
  /** Called each time that Redis can be written to again. */
  onWritable: () => void;
  /** Called each time that Redis can be written to and replies arrive again. */
  onReady: () => void;
  /** Called after replies may have been lost, when they arrive again. */
  onRepliesMissed: () => void;
  onLost: () => void;
  logger: LoggerService;
}

/** The two connections of a client: one to write, one to receive replies. */
export class ClientLinks {
  readonly writer: RedisLink;
  private readonly subscriber: RedisLink;
  private readonly replies: ReplyChannel;
  private readonly readyWaiters = new Set<() => void>();
  private isOpen = false;
  private wasReady = false;
  private settleTimer?: NodeJS.Timeout;

  constructor(private readonly options: ClientLinksOptions) {
    const { connect, logger, onLost } = options;
    this.writer = new RedisLink(connect, 'writer', logger);
    this.subscriber = new RedisLink(connect, 'subscriber', logger);
    this.replies = new ReplyChannel({
      link: this.subscriber,
      channels: options.replyChannels,
      onMessage: options.onReply,
      onUp: () => this.up(),
      onDown: onLost,
      logger,
    });
    this.writer.on('ready', () => {
      options.onWritable();
      this.up();
    });
    this.writer.on('lost', onLost);
  }

  get opened(): boolean {
    return this.isOpen;
  }

  get ready(): boolean {
    return this.writer.ready && this.replies.up;
  }

  /** Whether replies should be published with sharded pub/sub. */
  get sharded(): boolean {
    return isSharded(this.subscriber.client);
  }

  /** Begins to connect; does not wait for it. */
  open(): void {
    if (this.isOpen) return;
    for (const link of [this.writer, this.subscriber]) {
      link.open();
      link.watch();
    }
    // Only now: if `connect` throws, the next request tries it again.
    this.isOpen = true;
  }

  /** Resolves when ready. @throws RedisTransportError `UNAVAILABLE` if that takes longer than `timeoutMs`. */
  whenReady(timeoutMs: number): Promise<void> {
    if (this.ready) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const onReady = () => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        this.readyWaiters.delete(onReady);
        reject(new RedisTransportError('UNAVAILABLE', 'Redis could not be reached'));
      }, timeoutMs);
      this.readyWaiters.add(onReady);
    });
  }

  /** Each connection with its role. */
  roles(): [string, RedisLink][] {
    return [
      ['writer', this.writer],
      ['subscriber', this.subscriber],
    ];
  }

  async close(): Promise<void> {
    clearTimeout(this.settleTimer);
    this.replies.close();
    await Promise.all([this.writer.close(), this.subscriber.close()]);
  }

  private up(): void {
    if (!this.ready) return;
    this.options.onReady();
    for (const onReady of this.readyWaiters) onReady();
    this.readyWaiters.clear();
    const isFirst = !this.wasReady;
    this.wasReady = true;
    if (isFirst) return;
    clearTimeout(this.settleTimer);
    this.settleTimer = setTimeout(() => this.ready && this.options.onRepliesMissed(), SETTLE_MS);
  }
}
