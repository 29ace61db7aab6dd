import { Inject, Injectable } from '@nestjs/common';
import { LOGGER, type Logger } from '@parley/service-kit';
import pRetry from 'p-retry';
import { Hub } from './hub.js';
import type { LocalLog } from './local-log.js';
import { LOG_READER, type LogReader } from './log-reader.js';

/** Logs that one request asks about. */
export const LOGS_PER_REQUEST = 500;
/** Time between two rounds, in milliseconds: each checks its share of the logs that are still to be checked once more. */
const ROUND_MS = 5_000;
/** Pauses before a check of all logs is repeated, in milliseconds: doubled each time, and up to twice as long by chance. */
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;

/** Injection token of the seconds after an interruption within which each log that stayed silent is checked once more. */
export const SILENT_SECONDS = Symbol('silent seconds');

/**
 * Finds what pub/sub lost and no later frame reveals: asks where the logs with members here stand. An entry can be lost only
 * while a subscription is interrupted: a connection broke, or a slot moved. Then all logs are checked at once, one request
 * after the other. The client of a Cluster does not say when its last subscription is in force, so that each log from which
 * nothing has arrived since is checked once more, a share of them in each round. At other times nothing is asked.
 */
@Injectable()
export class LogChecker {
  private timer: NodeJS.Timeout | undefined;
  /** The logs to check once more. */
  private unproven: LocalLog[] = [];
  /** How many of them each round takes. */
  private share = 0;
  private losses = 0;
  private isStopped = false;

  constructor(
    private readonly hub: Hub,
    @Inject(LOG_READER) private readonly reader: LogReader,
    @Inject(SILENT_SECONDS) private readonly silentSeconds: number,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  start(): void {
    this.timer = setInterval(() => void this.round(), ROUND_MS);
  }

  stop(): void {
    this.isStopped = true;
    clearInterval(this.timer);
  }

  /** Checks the silent ones of this round's share of the logs. Never rejects: the next round makes up for a failure. */
  async round(): Promise<void> {
    const due = this.unproven.splice(0, this.share);
    await this.check(due.filter((log) => !log.wasHeard)).catch((error: unknown) => {
      this.unproven.push(...due);
      this.logger.warn({ err: error }, 'could not check silent logs');
    });
  }

  /** Checks every log after a subscription was interrupted, until that works or another loss begins. Never rejects. */
  async checkAll(): Promise<void> {
    this.losses += 1;
    const loss = this.losses;
    this.beginSweep();
    const isDue = () => loss === this.losses && !this.isStopped;
    const attempt = async () => {
      // Another loss, or the end, may have come during the pause.
      if (isDue()) await this.check([...this.hub.all()]);
    };
    await pRetry(attempt, {
      retries: Number.POSITIVE_INFINITY,
      minTimeout: FIRST_PAUSE_MS,
      maxTimeout: LONGEST_PAUSE_MS,
      randomize: true,
      unref: true,
      // Also called for a TypeError, which p-retry does not repeat.
      onFailedAttempt: ({ error }) =>
        this.logger.warn({ err: error }, 'could not check the logs after a lost connection'),
      shouldRetry: isDue,
    }).catch(() => undefined);
  }

  /** As many rounds as fit into the time check each log once. */
  private beginSweep(): void {
    this.unproven = [...this.hub.all()];
    for (const log of this.unproven) log.interrupted();
    const rounds = Math.max(1, Math.floor((this.silentSeconds * 1_000) / ROUND_MS));
    this.share = Math.ceil(this.unproven.length / rounds);
  }

  private async check(logs: readonly LocalLog[]): Promise<void> {
    for (let start = 0; start < logs.length; start += LOGS_PER_REQUEST) {
      // A log without a position, or without members, has nothing to lose.
      const batch = logs
        .slice(start, start + LOGS_PER_REQUEST)
        .filter(({ isKnown, members }) => isKnown && members.size > 0);
      if (batch.length === 0) continue;
      const asked = batch.map(({ seq }) => seq);
      const heads = await this.reader.check(batch.map(({ id }) => id));
      for (const [n, log] of batch.entries()) if (log.members.size > 0) log.learn(heads[n]!, asked[n]!);
    }
  }
}
