import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '@parley/service-kit';
import type { Hub } from './hub.js';
import type { LocalLog } from './local-log.js';
import type { LogReader } from './log-reader.js';

/** Logs that are asked after in one request. */
const BATCH = 500;
/** Time between two rounds, in milliseconds: each takes its share of the logs. */
const ROUND_MS = 5_000;
/** Pauses before a check of all logs is tried again, in milliseconds. */
const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 5_000;

/**
 * Finds out what pub/sub did not bring and no later frame shows: asks where the logs with members here stand. After
 * a lost Redis connection all of them, at once but one request after the other; at other times each that was silent,
 * about once per `silentSeconds`, by one request per round.
 */
export class LogChecker {
  private timer: NodeJS.Timeout | undefined;
  private sweep: Iterator<LocalLog> | undefined;
  private losses = 0;
  private isStopped = false;

  constructor(
    private readonly hub: Hub,
    private readonly reader: LogReader,
    private readonly silentSeconds: number,
    private readonly logger: Logger,
  ) {}

  start(): void {
    this.timer = setInterval(() => void this.round(), ROUND_MS);
  }

  stop(): void {
    this.isStopped = true;
    clearInterval(this.timer);
  }

  /** Checks this round's share of the logs, those that were silent. Never rejects: the next sweep makes up for it. */
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

  /** Checks every log, as often as it takes: a subscription was interrupted. A later loss begins anew. Never rejects. */
  async checkAll(): Promise<void> {
    this.losses += 1;
    const loss = this.losses;
    for (let pause = FIRST_PAUSE_MS; loss === this.losses && !this.isStopped; pause *= 2) {
      try {
        await this.check([...this.hub.all()]);
        return;
      } catch (error) {
        this.logger.warn({ err: error }, 'could not check the logs after a lost connection');
        await delay(Math.min(pause, LONGEST_PAUSE_MS) * (0.5 + Math.random()), undefined, { ref: false });
      }
    }
  }

  private async check(logs: readonly LocalLog[]): Promise<void> {
    for (let start = 0; start < logs.length; start += BATCH) {
      const batch = logs.slice(start, start + BATCH);
      const heads = await this.reader.check(batch.map(({ id }) => id));
      for (const [n, log] of batch.entries()) if (log.members.size > 0) log.checked(heads[n] ?? null);
    }
  }

  /** The next logs in turn. A Map's iterator goes on over what is added meanwhile, so none is left out for long. */
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
