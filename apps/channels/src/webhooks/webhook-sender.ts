import { setTimeout as sleep } from 'node:timers/promises';
import type { LogFrame, LogPage } from '@parley/contracts';
import type { Logger } from '@parley/service-kit';
import { CallError } from '@parley/signed-http';
import type { SignedCaller } from '@parley/signed-http/signed-caller';
import type { LogsRepository } from '../logs.repository.js';
import { webhookEvents, webhookSeconds } from '../metrics.js';
import type { Claim } from './redis/claim-webhook.js';
import { eventOf } from './webhook-event.js';
import {
  positionText,
  reached,
  readPosition,
  UNKNOWN_EPOCH,
  type WebhookPosition,
} from './webhook-position.js';
import type { WebhookReceiver } from './webhook-settings.js';
import type { WebhooksRepository } from './webhooks.repository.js';

/** Channels of one webhook that a replica sends the entries of at once. One, while the endpoint fails. */
export const CHANNELS_AT_ONCE = 8;
/** How long a claim of a channel lasts without a step, in milliseconds: more than the deadline of a call. */
const CLAIM_MS = 30_000;
/** How long a replica waits at most until it looks for what others have noted, in milliseconds. */
const LOOK_EVERY_MS = 1_000;

/** When an event is sent again. */
export interface WebhookPatience {
  /** Time within which an endpoint must have answered, in milliseconds. */
  readonly deadlineMs: number;
  /** After the first failure; doubled with each, up to a minute. */
  readonly backOffMs: number;
  /** How long after its first failure an event is set aside, in milliseconds. */
  readonly giveUpAfterMs: number;
}

export const PATIENCE: WebhookPatience = { deadlineMs: 10_000, backOffMs: 1_000, giveUpAfterMs: 86_400_000 };
const LONGEST_BACK_OFF_MS = 60_000;

interface SenderOptions {
  readonly receiver: WebhookReceiver;
  readonly patience: WebhookPatience;
  readonly repository: WebhooksRepository;
  readonly logs: Pick<LogsRepository, 'page' | 'head'>;
  readonly caller: SignedCaller;
  readonly logger: Logger;
}

/**
 * Sends one webhook the entries of channels, those of a channel one after the other and in the order of the log. A channel's next
 * entry is sent when the one before was taken, or has been set aside. Other replicas do the same with other channels.
 */
export class WebhookSender {
  private readonly stopping = new AbortController();
  private readonly sending = new Set<Promise<void>>();
  private failures = 0;
  private wakeUp: () => void = () => undefined;
  private ended: Promise<void> = Promise.resolve();

  constructor(private readonly options: SenderOptions) {}

  start(): void {
    this.ended = this.run();
  }

  /** Something was noted here. */
  wake(): void {
    this.wakeUp();
  }

  /** Ends when the calls under way have, or their deadline has passed. */
  async stop(): Promise<void> {
    this.stopping.abort();
    this.wake();
    await this.ended;
    await Promise.all(this.sending);
    await this.options.caller.close();
  }

  private async run(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      const waitMs = await this.begin().catch((error: unknown) => {
        this.options.logger.warn({ err: error, webhook: this.name }, 'a webhook was not looked after');
        return LOOK_EVERY_MS;
      });
      if (waitMs > 0) await this.pause(waitMs);
    }
  }

  /** Begins with a channel that is due. @returns how long to wait, in milliseconds. */
  private async begin(): Promise<number> {
    const room = this.failures > 0 ? 1 : CHANNELS_AT_ONCE;
    if (this.sending.size >= room) return LOOK_EVERY_MS;
    const claim = await this.options.repository.claim(this.name, CLAIM_MS);
    if (typeof claim === 'number') return claim < 0 ? LOOK_EVERY_MS : Math.min(claim + 1, LOOK_EVERY_MS);
    const work = this.send(claim).catch((error: unknown) =>
      this.options.logger.warn({ err: error, webhook: this.name }, 'a webhook was not sent'),
    );
    this.sending.add(work);
    void work.finally(() => {
      this.sending.delete(work);
      this.wake();
    });
    return 0;
  }

  private async pause(ms: number): Promise<void> {
    const awake = new AbortController();
    this.wakeUp = () => awake.abort();
    await sleep(ms, undefined, { signal: awake.signal, ref: false }).catch(() => undefined);
  }

  /** Sends what a claimed channel has, as much as one page holds. */
  private async send(claimed: Claim): Promise<void> {
    const page = await this.pageAfter(claimed);
    let claim: Claim | undefined = claimed;
    let position = startIn(page, claimed);
    for (const frame of page.frames) {
      if (this.stopping.signal.aborted) break;
      const fault = await this.deliver(claim, page.epoch, frame);
      if (fault !== undefined && !(await this.isGivenUp(claim, position, frame, fault)))
        return this.later(claim, position);
      position = reached(page.epoch, frame.seq);
      if (frame === page.frames.at(-1)) break;
      claim = await this.options.repository.settle(this.name, {
        ...{ claim, at: positionText(position), next: 'more', ms: CLAIM_MS },
      });
      if (claim === undefined) return;
    }
    const isAtEnd = position.seq >= page.seq;
    if (isAtEnd || page.frames.length === 0) position = reached(page.epoch, page.seq);
    const next = isAtEnd || page.frames.length === 0 ? 'done' : 'later';
    await this.options.repository.settle(this.name, { claim, at: positionText(position), next, ms: 0 });
  }

  private async pageAfter({ channelUUID, at }: Claim): Promise<LogPage> {
    const { logs } = this.options;
    const known = readPosition(at);
    const seq = known?.seq ?? Math.max(0, (await logs.head(channelUUID)).head.seq - 1);
    const epoch = known === undefined || known.epoch === UNKNOWN_EPOCH ? null : known.epoch;
    const page = await logs.page(channelUUID, { after: seq, epoch });
    // Redis has lost the end of the log: it goes on where the two logs part, or where the new one begins.
    if (seq <= page.common) return page;
    const after = page.common < 0 ? page.from : page.common;
    return logs.page(channelUUID, { after, epoch: page.epoch });
  }

  /** @returns why the event was not taken; `undefined` where it was, or is none of those that the webhook asks for. */
  private async deliver(
    { channelUUID }: Claim,
    epoch: string,
    frame: LogFrame,
  ): Promise<CallError | undefined> {
    const { receiver, caller, patience } = this.options;
    const { kind, id, type, data } = eventOf(channelUUID, epoch, frame);
    if (!receiver.events.includes(kind)) return undefined;
    const body = JSON.stringify({ type, timestamp: new Date().toISOString(), data });
    const stop = webhookSeconds.startTimer({ webhook: this.name });
    try {
      const { status } = await caller.call({ url: receiver.url, id, body, deadlineMs: patience.deadlineMs });
      if (status < 200 || status > 299) throw new CallError('status', { detail: String(status) });
      this.count('taken');
      if (this.failures > 0) this.options.logger.info({ webhook: this.name }, 'a webhook takes events again');
      this.failures = 0;
      return undefined;
    } catch (error) {
      const fault = error instanceof CallError ? error : new CallError('unreachable', { cause: error });
      this.count(fault.fault);
      if (this.failures === 0)
        this.options.logger.warn({ err: fault, webhook: this.name }, 'a webhook fails');
      this.failures += 1;
      return fault;
    } finally {
      stop();
    }
  }

  /** Sets an event aside that was sent in vain for long enough, so that its channel goes on. */
  private async isGivenUp(
    { channelUUID }: Claim,
    { since }: WebhookPosition,
    { seq }: LogFrame,
    fault: CallError,
  ): Promise<boolean> {
    const { patience, repository, logger } = this.options;
    if (since === 0 || Date.now() - since < patience.giveUpAfterMs) return false;
    const { epoch } = await this.options.logs.page(channelUUID, { after: seq - 1, upTo: seq });
    await repository.setAside(this.name, { channelUUID, epoch, seq, reason: fault.message });
    this.count('set_aside');
    logger.error({ webhook: this.name, channelUUID, seq }, 'an event of a webhook was set aside');
    return true;
  }

  private async later(claim: Claim, position: WebhookPosition): Promise<void> {
    const { backOffMs } = this.options.patience;
    const tries = position.tries + 1;
    const ms = Math.min(backOffMs * 2 ** Math.min(tries - 1, 16), LONGEST_BACK_OFF_MS);
    const at = positionText({ ...position, tries, since: position.since || Date.now() });
    await this.options.repository.settle(this.name, { claim, at, next: 'later', ms });
    await sleep(Math.min(ms, LOOK_EVERY_MS), undefined, { signal: this.stopping.signal, ref: false }).catch(
      () => undefined,
    );
  }

  private get name(): string {
    return this.options.receiver.name;
  }

  private count(outcome: string): void {
    webhookEvents.inc({ webhook: this.name, outcome });
  }
}

/** Where a claimed channel stands in a page. What was tried in vain counts only for the entry that it was. */
function startIn(page: LogPage, { at }: Claim): WebhookPosition {
  const known = readPosition(at);
  if (known !== undefined && known.seq <= page.common) return { ...known, epoch: page.epoch };
  const first = page.frames[0]?.seq;
  return reached(page.epoch, first === undefined ? page.seq : first - 1);
}
