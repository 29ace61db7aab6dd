import type { Logger } from '@parley/service-kit';
import { CallError } from '@parley/signed-http';
import type { SignedCaller } from '@parley/signed-http/signed-caller';
import { webhookEvents, webhookSeconds } from '../metrics.js';
import type { WebhookEvent } from './webhook-event.js';
import type { WebhookReceiver } from './webhook-settings.js';

/** Time within which a webhook must have taken an event, in milliseconds. */
const DEADLINE_MS = 10_000;

/** How an attempt ended: with a fault, the event was not taken. */
export interface Sent {
  /** What the endpoint answered with; undefined where it gave no answer. */
  readonly status?: number | undefined;
  readonly fault?: CallError | undefined;
}

/** The endpoint of one webhook. */
export class WebhookEndpoint {
  private failures = 0;
  /** When it has taken an event last, in ms since 1970. */
  private takenAt = 0;

  constructor(
    private readonly receiver: WebhookReceiver,
    private readonly caller: SignedCaller,
    private readonly logger: Logger,
  ) {}

  /** Whether it has not taken what it was sent last. */
  get isFailing(): boolean {
    return this.failures > 0;
  }

  /**
   * Whether it has taken an event since another one was first sent in vain, in ms since 1970; 0 where it was not. Then it is that event
   * that fails, and not the endpoint.
   */
  hasTakenSince(since: number): boolean {
    return since !== 0 && this.takenAt > since;
  }

  /** Whether the webhook asks for an event. */
  asksFor({ kind }: WebhookEvent): boolean {
    return this.receiver.events.includes(kind);
  }

  /**
   * Sends an event. Does not reject.
   * @param since when it was first sent in vain, in ms since 1970; 0 where it was not.
   */
  async send({ id, type, data }: WebhookEvent, since: number): Promise<Sent> {
    const body = JSON.stringify({ type, timestamp: new Date().toISOString(), data });
    const stop = webhookSeconds.startTimer({ webhook: this.receiver.name });
    try {
      const { url } = this.receiver;
      const { status } = await this.caller.call({ url, id, body, deadlineMs: DEADLINE_MS });
      const fault =
        status < 200 || status > 299 ? new CallError('status', { detail: String(status) }) : undefined;
      return this.note({ status, fault }, since);
    } catch (error) {
      const fault = error instanceof CallError ? error : new CallError('unreachable', { cause: error });
      return this.note({ fault }, since);
    } finally {
      stop();
    }
  }

  /** Closes its connections. */
  close(): Promise<void> {
    return this.caller.close();
  }

  private note(sent: Sent, since: number): Sent {
    if (sent.fault === undefined) this.noteTaken();
    else this.noteFailed(sent.fault, since);
    return sent;
  }

  private noteTaken(): void {
    const { name: webhook } = this.receiver;
    webhookEvents.inc({ webhook, outcome: 'taken' });
    if (this.isFailing) this.logger.info({ webhook }, 'a webhook takes events again');
    this.failures = 0;
    this.takenAt = Date.now();
  }

  private noteFailed(fault: CallError, since: number): void {
    const { name: webhook } = this.receiver;
    webhookEvents.inc({ webhook, outcome: fault.fault });
    if (this.hasTakenSince(since)) return;
    if (!this.isFailing) this.logger.warn({ err: fault, webhook }, 'a webhook fails');
    this.failures += 1;
  }
}
