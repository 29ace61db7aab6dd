import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import type { Channel } from '../channel.js';
import type { Mark } from './redis/mark-webhooks.js';
import { kindOf } from './webhook-event.js';
import type { WebhookReceiver } from './webhook-settings.js';
import { WebhooksRepository } from './webhooks.repository.js';

/** One webhook, and what sends it its events. */
export interface RunningWebhook {
  readonly receiver: WebhookReceiver;
  readonly sender: { start(): void; wake(): void; stop(): Promise<void> };
}

/** Injection token of the {@link RunningWebhook}s. */
export const WEBHOOKS = Symbol('webhooks');

/**
 * Notes what webhooks are to be told. A channel is noted, and not its entry: its log has that, in order, and a deletion leaves no
 * copy of a text. Without webhooks nothing is done.
 */
@Injectable()
export class Webhooks implements OnApplicationBootstrap, BeforeApplicationShutdown {
  constructor(
    @Inject(WEBHOOKS) private readonly webhooks: readonly RunningWebhook[],
    private readonly repository: WebhooksRepository,
  ) {}

  onApplicationBootstrap(): void {
    for (const { sender } of this.webhooks) sender.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all(this.webhooks.map(({ sender }) => sender.stop()));
  }

  /** Whether there is anybody to tell. */
  get areThere(): boolean {
    return this.webhooks.length > 0;
  }

  /** The names of all. */
  get names(): string[] {
    return this.webhooks.map(({ receiver }) => receiver.name);
  }

  /**
   * Notes a new entry of a channel; may be repeated. Returns a promise only where there is somebody to tell, which rejects with
   * Redis's error.
   */
  tell(mark: Mark): void | Promise<void> {
    if (!this.areThere) return;
    return this.tellAll(mark);
  }

  /** Has those who are waited for look at once. */
  wake(): void {
    for (const { sender } of this.webhooks) sender.wake();
  }

  private async tellAll(mark: Mark): Promise<void> {
    const told = this.webhooks.filter(({ receiver }) => takes(receiver, mark.channelUUID));
    await Promise.all(told.map(({ receiver }) => this.repository.mark(receiver.name, mark)));
    for (const { sender } of told) sender.wake();
  }
}

const takes = ({ channels }: WebhookReceiver, channelUUID: string): boolean =>
  channels.includes(channelUUID) || channels.includes(kindOf(channelUUID) satisfies Channel['kind']);
