import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { type UserEventKind, userLog } from '@parley/contracts';
import type { Channel } from '../channel.js';
import type { Mark } from './redis/mark-webhooks.js';
import { kindOf } from './webhook-event.js';
import type { WebhookLine } from './webhook-line.js';
import { kindsOfUsers, type WebhookReceiver } from './webhook-settings.js';
import { WebhooksRepository } from './webhooks.repository.js';

/** What sends one line of a webhook. */
interface Sending {
  start(): void;
  wake(): void;
  stop(): Promise<void>;
}

/** One webhook, and what sends it its events. */
export interface RunningWebhook {
  readonly receiver: WebhookReceiver;
  /** `users` only for one that asks for what happens to users. */
  readonly senders: Readonly<Partial<Record<WebhookLine['of'], Sending>>>;
  /** Closes its connections. */
  close(): Promise<void>;
}

/** Injection token of the {@link RunningWebhook}s. */
export const WEBHOOKS = Symbol('webhooks');

/** A new entry of a channel, as {@link Mark} has it. */
export type NewEntry = Omit<Mark, 'log'> & { readonly channelUUID: string };

/**
 * Notes what webhooks are to be told. A log is noted, and not its entry: the log has that, in order, and a deletion leaves no copy
 * of a text. Without webhooks nothing is done.
 */
@Injectable()
export class Webhooks implements OnApplicationBootstrap, BeforeApplicationShutdown {
  constructor(
    @Inject(WEBHOOKS) private readonly webhooks: readonly RunningWebhook[],
    private readonly repository: WebhooksRepository,
  ) {}

  onApplicationBootstrap(): void {
    for (const sender of this.senders) sender.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all(this.senders.map((sender) => sender.stop()));
    await Promise.all(this.webhooks.map((webhook) => webhook.close()));
  }

  /** Whether there is anybody to tell. */
  get areThere(): boolean {
    return this.webhooks.length > 0;
  }

  /** Those that the settings name. */
  get receivers(): WebhookReceiver[] {
    return this.webhooks.map(({ receiver }) => receiver);
  }

  /** The kinds of events of users that any of them asks for. */
  get kindsOfUsers(): UserEventKind[] {
    return [...new Set(this.receivers.flatMap(kindsOfUsers))];
  }

  /**
   * Notes a new entry of a channel; may be repeated. Returns a promise only where there is somebody to tell, which rejects with
   * Redis's error.
   */
  tell(entry: NewEntry): void | Promise<void> {
    if (!this.areThere) return;
    return this.tellAll(entry);
  }

  /** Notes a new event of a user; may be repeated. Rejects with Redis's error. */
  tellOfUser(userUUID: string, kind: UserEventKind, seq: number): Promise<void> {
    const told = this.webhooks.filter(({ receiver }) => receiver.events.includes(kind));
    return this.note('users', told, { log: userLog(userUUID), seq });
  }

  /** Has those who are waited for look at once. */
  wake(): void {
    for (const sender of this.senders) sender.wake();
  }

  private tellAll({ channelUUID, epoch, seq }: NewEntry): Promise<void> {
    const told = this.webhooks.filter(({ receiver }) => takes(receiver, channelUUID));
    return this.note('channels', told, { log: channelUUID, epoch, seq });
  }

  private async note(of: WebhookLine['of'], told: readonly RunningWebhook[], mark: Mark): Promise<void> {
    await Promise.all(told.map(({ receiver: { name } }) => this.repository.mark({ name, of }, mark)));
    for (const { senders } of told) senders[of]?.wake();
  }

  private get senders(): Sending[] {
    return this.webhooks.flatMap(({ senders }) => Object.values(senders));
  }
}

const takes = ({ channels, events }: WebhookReceiver, channelUUID: string): boolean =>
  (events.includes('message') || events.includes('membership')) &&
  (channels.includes(channelUUID) || channels.includes(kindOf(channelUUID) satisfies Channel['kind']));
