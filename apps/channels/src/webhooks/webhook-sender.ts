import { setTimeout as sleep } from 'node:timers/promises';
import type { LogFrame, LogPage } from '@parley/contracts';
import type { Logger } from '@parley/service-kit';
import type { CallError } from '@parley/signed-http';
import type { LogsRepository } from '../logs.repository.js';
import { webhookEvents } from '../metrics.js';
import type { Claim } from './redis/claim-webhook.js';
import type { WebhookEndpoint } from './webhook-endpoint.js';
import {
  positionText,
  reached,
  readPosition,
  UNKNOWN_EPOCH,
  type WebhookPosition,
} from './webhook-position.js';
import type { WebhooksRepository } from './webhooks.repository.js';

/** Channels of one webhook that a replica sends the entries of at once. One, while the endpoint fails. */
export const CHANNELS_AT_ONCE = 8;
/** How long a claim of a channel lasts without a step, in milliseconds: more than the deadline of a call. */
const CLAIM_MS = 30_000;
/** How long a service that ends waits for calls under way, in milliseconds. */
const DRAIN_MS = 5_000;
/** How long a replica waits at most until it looks for what others have noted, in milliseconds. */
const LOOK_EVERY_MS = 1_000;

/** When an event is sent again. */
export interface WebhookPatience {
  /** After the first failure; doubled with each, up to a minute. */
  readonly backOffMs: number;
  /** How long after its first failure an event is set aside, in milliseconds. */
  readonly giveUpAfterMs: number;
}

export const PATIENCE: WebhookPatience = { backOffMs: 1_000, giveUpAfterMs: 86_400_000 };
const LONGEST_BACK_OFF_MS = 60_000;

interface SenderOptions {
  readonly name: string;
  readonly patience: WebhookPatience;
  readonly repository: WebhooksRepository;
  readonly logs: Pick<LogsRepository, 'page'>;
  readonly endpoint: WebhookEndpoint;
  readonly logger: Logger;
}

/**
 * Sends one webhook the entries of channels, those of a channel one after the other and in the order of the log. A channel's next
 * entry is sent when the one before was taken, or has been set aside. Other replicas do the same with other channels.
 */
export class WebhookSender {
  private readonly stopping = new AbortController();
  private readonly sending = new Set<Promise<void>>();
  private isWoken = false;
  private wakeUp: () => void = () => undefined;
  private ended: Promise<void> = Promise.resolve();

  constructor(private readonly options: SenderOptions) {}

  start(): void {
    this.ended = this.run();
  }

  /** Something was noted here. */
  wake(): void {
    this.isWoken = true;
    this.wakeUp();
  }

  /** Ends when the calls under way have, or after five seconds. */
  async stop(): Promise<void> {
    this.stopping.abort();
    this.wake();
    await this.ended;
    await Promise.race([Promise.all(this.sending), sleep(DRAIN_MS, undefined, { ref: false })]);
    await this.options.endpoint.close();
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
    const room = this.options.endpoint.isFailing ? 1 : CHANNELS_AT_ONCE;
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
    // What was noted while Redis was asked is looked at now.
    if (!this.isWoken)
      await sleep(ms, undefined, { signal: awake.signal, ref: false }).catch(() => undefined);
    this.isWoken = false;
  }

  /** Sends what a claimed channel has, as much as one page holds. */
  private async send(claimed: Claim): Promise<void> {
    const page = await this.pageAfter(claimed);
    let claim: Claim | undefined = claimed;
    let position = startIn(page, claimed);
    for (const frame of page.frames) {
      if (this.stopping.signal.aborted) break;
      const fault = await this.options.endpoint.send(claim.channelUUID, page.epoch, frame);
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
    const { epoch, seq } = readPosition(at);
    const page = await logs.page(channelUUID, { after: seq, epoch: epoch === UNKNOWN_EPOCH ? null : epoch });
    // Redis has lost the end of the log: it goes on where the two logs part, or where the new one begins.
    if (seq <= page.common) return page;
    const after = page.common < 0 ? page.from : page.common;
    return logs.page(channelUUID, { after, epoch: page.epoch });
  }

  /** Sets an event aside that was sent in vain for long enough, so that its channel goes on. */
  private async isGivenUp(
    { channelUUID }: Claim,
    { epoch, since }: WebhookPosition,
    { seq }: LogFrame,
    fault: CallError,
  ): Promise<boolean> {
    const { patience, repository, logger } = this.options;
    if (since === 0 || Date.now() - since < patience.giveUpAfterMs) return false;
    await repository.setAside(this.name, { channelUUID, epoch, seq, reason: fault.message });
    webhookEvents.inc({ webhook: this.name, outcome: 'set_aside' });
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
    return this.options.name;
  }
}

/** Where a claimed channel stands in a page. What was tried in vain counts only for the entry that it was. */
function startIn(page: LogPage, { at }: Claim): WebhookPosition {
  const known = readPosition(at);
  if (known.seq <= page.common) return { ...known, epoch: page.epoch };
  const first = page.frames[0]?.seq;
  return reached(page.epoch, first === undefined ? page.seq : first - 1);
}
