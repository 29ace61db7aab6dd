import { Inject, Injectable } from '@nestjs/common';
import { LOGGER, type Logger } from '@parley/service-kit';
import pRetry from 'p-retry';
import { Hub } from './hub.js';
import type { LocalLog } from './local-log.js';
import { LOG_READER, type LogReader } from './log-reader.js';

/** Logs that one request asks about. */
export const LOGS_PER_REQUEST = 500;
/** Time between two rounds, in milliseconds: each checks its share of the logs. */
const ROUND_MS = 5_000;
/** Pauses before a check of all logs is repeated, in milliseconds: doubled each time, and up to twice as long by chance. */
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;

/** Injection token of the seconds within which each silent log is checked about once. */
export const SILENT_SECONDS = Symbol('silent seconds');

/**
 * Finds what pub/sub lost and no later frame reveals: asks where the logs with members here stand. After a lost Redis
 * connection it asks about all of them, one request after the other; at other times about each log that was silent,
 * by one request per round.
 */
@Injectable()
export class LogChecker {
  private timer: NodeJS.Timeout | undefined;
  private sweep: Iterator<LocalLog> | undefined;
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

  /** Checks the silent ones of this round's share of the logs. Never rejects: the next sweep makes up for a failure. */
  async round(): Promise<void> {
    const silent = this.share().filter((log) => {
      const isSilent = !log.wasHeard;
      log.wasHeard = false;
      return isSilent;
    });
    await this.check(silent).catch((error: unknown) =>
      this.logger.warn({ err: error }, 'could not check silent logs'),
    );
  }

  /** Checks every log after a subscription was interrupted, until that works or another loss begins. Never rejects. */
  async checkAll(): Promise<void> {
    this.losses += 1;
    const loss = this.losses;
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

  private async check(logs: readonly LocalLog[]): Promise<void> {
    for (let start = 0; start < logs.length; start += LOGS_PER_REQUEST) {
      const batch = logs.slice(start, start + LOGS_PER_REQUEST);
      const heads = await this.reader.check(batch.map(({ id }) => id));
      for (const [n, log] of batch.entries()) if (log.members.size > 0) log.checked(heads[n] ?? null);
    }
  }

  /** The next logs of the sweep. A Map's iterator includes what is added meanwhile, so none is left out for long. */
  private share(): LocalLog[] {
    const count = Math.ceil((this.hub.size * ROUND_MS) / (this.silentSeconds * 1_000));
    const logs: LocalLog[] = [];
    while (logs.length < count) {
      this.sweep ??= this.hub.all();
      const { value, done } = this.sweep.next();
      if (!done) logs.push(value);
      else {
        this.sweep = undefined;
        break;
      }
    }
    return logs;
  }
}
