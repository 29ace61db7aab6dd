import type { LogFrame, LogPage } from '@parley/contracts';
import type { WebhookEvent } from './webhook-event.js';
import type { WebhookPosition } from './webhook-position.js';

/** What a webhook is sent from: logs, each with its events in order. */
export interface WebhookSource {
  /** Whether a position is of use when a log has been sent to its end. */
  readonly keepsPositions: boolean;
  /** The entries of a log after a position. Where the log has lost what the position names, from where it goes on. */
  page(log: string, position: WebhookPosition): Promise<LogPage>;
  /** The event of an entry. */
  eventOf(log: string, epoch: string, frame: LogFrame): WebhookEvent;
  /** An entry is not sent any more: it was taken, or set aside. */
  finish(log: string, frame: LogFrame): Promise<void>;
}
