import { setTimeout as sleep } from 'node:timers/promises';
import type { LogFrame, LogPage } from '@parley/contracts';
import type { Logger } from '@parley/service-kit';
import { webhookEvents } from '../metrics.js';
import type { DeliveryRecord } from './delivery-record.js';
import type { Claim } from './redis/claim-webhook.js';
import type { Sent, WebhookEndpoint } from './webhook-endpoint.js';
import type { WebhookEvent } from './webhook-event.js';
import type { WebhookLine } from './webhook-line.js';
import { positionText, reached, readPosition, type WebhookPosition } from './webhook-position.js';
import type { WebhookSource } from './webhook-source.js';
import type { WebhooksRepository } from './webhooks.repository.js';

/** Logs of one line of a webhook that a replica sends the entries of at once. One, while the endpoint fails. */
export const LOGS_AT_ONCE = 8;
/** How long a claim of a log lasts without a step, in milliseconds: more than the deadline of a call. */
const CLAIM_MS = 30_000;
/** How long a service that ends waits for calls under way, in milliseconds. */
const DRAIN_MS = 5_000;
/** How long a replica waits at most until it looks for what others have noted, in milliseconds. */
const LOOK_EVERY_MS = 1_000;

/** When an event is sent again. */
export interface WebhookPatience {
  /** After the first failure, in milliseconds; doubled with each, up to 60 times it. */
  readonly backOffMs: number;
  /** How long after its first failure an event is set aside, in milliseconds. */
  readonly giveUpAfterMs: number;
}

const LONGEST_BACK_OFF = 60;

interface SenderOptions {
  readonly line: WebhookLine;
  readonly patience: WebhookPatience;
  readonly repository: WebhooksRepository;
  readonly source: WebhookSource;
  readonly endpoint: WebhookEndpoint;
  readonly logger: Logger;
}

/**
 * Sends one webhook the entries of the logs of a line, those of a log one after the other and in order. A log's next entry is sent
 * when the one before was taken, or has been set aside. Other replicas do the same with other logs.
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

  /** Begins with a log that is due. @returns how long to wait, in milliseconds. */
  private async begin(): Promise<number> {
    const { endpoint, repository, line } = this.options;
    const room = endpoint.isFailing ? 1 : LOGS_AT_ONCE;
    if (this.sending.size >= room) return LOOK_EVERY_MS;
    const claim = await repository.claim(line, CLAIM_MS);
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

  /** Sends what a claimed log has, as much as one page holds. */
  private async send(claimed: Claim): Promise<void> {
    const { source } = this.options;
    const page = await source.page(claimed.log, readPosition(claimed.at));
    let claim: Claim | undefined = claimed;
    let position = startIn(page, claimed);
    for (const frame of page.frames) {
      if (this.stopping.signal.aborted) break;
      if (!(await this.sendOne(claim.log, page.epoch, frame, position))) return this.later(claim, position);
      await source.finish(claim.log, frame);
      position = reached(page.epoch, frame.seq);
      if (frame === page.frames.at(-1)) break;
      claim = await this.settle({ claim, at: positionText(position), next: 'more', ms: CLAIM_MS });
      if (claim === undefined) return;
    }
    const isAtEnd = position.seq >= page.seq || page.frames.length === 0;
    if (isAtEnd) position = reached(page.epoch, page.seq);
    const at = isAtEnd && !source.keepsPositions ? '' : positionText(position);
    await this.settle({ claim, at, next: isAtEnd ? 'done' : 'later', ms: 0 });
  }

  /** Sends an entry's event, if the webhook asks for it. @returns whether the log goes on: the event was taken, or is set aside. */
  private async sendOne(
    log: string,
    epoch: string,
    frame: LogFrame,
    position: WebhookPosition,
  ): Promise<boolean> {
    const { endpoint, source } = this.options;
    const event = source.eventOf(log, epoch, frame);
    if (!endpoint.asksFor(event)) return true;
    const beganAt = Date.now();
    const sent = await endpoint.send(event, position.since);
    const isAside = sent.fault !== undefined && this.isGivenUp(position);
    if (isAside) await this.setAside({ log, epoch, seq: frame.seq, id: event.id }, sent);
    const outcome = sent.fault === undefined ? 'taken' : isAside ? 'set_aside' : 'waiting';
    const since = position.since || beganAt;
    this.note(event, { log, seq: frame.seq, attempts: position.tries + 1, outcome, since }, sent);
    return outcome !== 'waiting';
  }

  /** Whether an event was sent in vain for long enough, so that its log goes on without it. */
  private isGivenUp({ since }: WebhookPosition): boolean {
    return since !== 0 && Date.now() - since >= this.options.patience.giveUpAfterMs;
  }

  private async setAside(
    { log, epoch, seq, id }: { log: string; epoch: string; seq: number; id: string },
    { fault }: Sent,
  ): Promise<void> {
    const { repository, logger } = this.options;
    await repository.setAside(this.name, { log, epoch, seq, id, reason: fault!.message });
    webhookEvents.inc({ webhook: this.name, outcome: 'set_aside' });
    logger.error({ webhook: this.name, log, seq }, 'an event of a webhook was set aside');
  }

  /** The record of deliveries is for operators: what is delivered does not wait for it, nor depend on it. */
  private note(
    { id, type }: WebhookEvent,
    known: Pick<DeliveryRecord, 'log' | 'seq' | 'attempts' | 'outcome'> & { readonly since: number },
    { status, fault }: Sent,
  ): void {
    const { repository, logger } = this.options;
    const { since, ...place } = known;
    const record = { type, ...place, status, fault: fault?.fault, firstAt: since, lastAt: Date.now() };
    repository
      .noteDelivery(this.name, id, record)
      .catch((error: unknown) =>
        logger.warn({ err: error, webhook: this.name }, 'a delivery was not recorded'),
      );
  }

  private settle(settled: Parameters<WebhooksRepository['settle']>[1]): Promise<Claim | undefined> {
    return this.options.repository.settle(this.options.line, settled);
  }

  /** The log waits. So does this replica for a while if the endpoint fails: one that takes other events is not held up. */
  private async later(claim: Claim, position: WebhookPosition): Promise<void> {
    const { endpoint, patience } = this.options;
    const { backOffMs } = patience;
    const tries = position.tries + 1;
    const ms = backOffMs * Math.min(2 ** Math.min(tries - 1, 16), LONGEST_BACK_OFF);
    const at = positionText({ ...position, tries, since: position.since || Date.now() });
    await this.settle({ claim, at, next: 'later', ms });
    if (endpoint.hasTakenSince(position.since)) return;
    await sleep(Math.min(ms, LOOK_EVERY_MS), undefined, { signal: this.stopping.signal, ref: false }).catch(
      () => undefined,
    );
  }

  private get name(): string {
    return this.options.line.name;
  }
}

/** Where a claimed log stands in a page. What was tried in vain counts only for the entry that it was. */
function startIn(page: LogPage, { at }: Claim): WebhookPosition {
  const known = readPosition(at);
  if (known.seq <= page.common) return { ...known, epoch: page.epoch };
  const first = page.frames[0]?.seq;
  return reached(page.epoch, first === undefined ? page.seq : first - 1);
}
