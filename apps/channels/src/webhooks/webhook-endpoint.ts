import type { LogFrame } from '@parley/contracts';
import type { Logger } from '@parley/service-kit';
import { CallError } from '@parley/signed-http';
import type { SignedCaller } from '@parley/signed-http/signed-caller';
import { webhookEvents, webhookSeconds } from '../metrics.js';
import { eventOf } from './webhook-event.js';
import type { WebhookReceiver } from './webhook-settings.js';

/** Time within which a webhook must have taken an event, in milliseconds. */
const DEADLINE_MS = 10_000;

/** The endpoint of one webhook. */
export class WebhookEndpoint {
  private failures = 0;

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
   * Sends the event of an entry, if it is one that the webhook asks for.
   * @returns why it was not taken; `undefined` where it was, or was not sent.
   */
  async send(channelUUID: string, epoch: string, frame: LogFrame): Promise<CallError | undefined> {
    const { kind, id, type, data } = eventOf(channelUUID, epoch, frame);
    if (!this.receiver.events.includes(kind)) return undefined;
    const body = JSON.stringify({ type, timestamp: new Date().toISOString(), data });
    const stop = webhookSeconds.startTimer({ webhook: this.receiver.name });
    try {
      await this.post(id, body);
      this.noteTaken();
      return undefined;
    } catch (error) {
      const fault = error instanceof CallError ? error : new CallError('unreachable', { cause: error });
      this.noteFailed(fault);
      return fault;
    } finally {
      stop();
    }
  }

  /** Closes its connections. */
  close(): Promise<void> {
    return this.caller.close();
  }

  private async post(id: string, body: string): Promise<void> {
    const { url } = this.receiver;
    const { status } = await this.caller.call({ url, id, body, deadlineMs: DEADLINE_MS });
    if (status < 200 || status > 299) throw new CallError('status', { detail: String(status) });
  }

  private noteTaken(): void {
    const { name: webhook } = this.receiver;
    webhookEvents.inc({ webhook, outcome: 'taken' });
    if (this.isFailing) this.logger.info({ webhook }, 'a webhook takes events again');
    this.failures = 0;
  }

  private noteFailed(fault: CallError): void {
    const { name: webhook } = this.receiver;
    webhookEvents.inc({ webhook, outcome: fault.fault });
    if (!this.isFailing) this.logger.warn({ err: fault, webhook }, 'a webhook fails');
    this.failures += 1;
  }
}
