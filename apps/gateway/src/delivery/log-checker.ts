import { Inject, Injectable } from '@nestjs/common';
import { AppError } from '@parley/protocol';
import { LOGGER, type Logger } from '@parley/service-kit';
import pRetry from 'p-retry';
import { Hub } from './hub.js';
import type { LocalLog } from './local-log.js';
import { LOG_READER, type LogReader, type TakeHead } from './log-reader.js';
import { MASTER_OF, type MasterOf } from './masters.js';

/** Logs that one request asks about. */
export const LOGS_PER_REQUEST = 500;
/** Time between two rounds, in milliseconds: each checks its share of the logs that are still to be checked once more. */
const ROUND_MS = 5_000;
/** Pauses before a check of all logs is repeated, in milliseconds: doubled each time, and up to twice as long by chance. */
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 5_000;

/** Injection token of the seconds after an interruption within which each log that stayed silent is checked once more. */
export const SILENT_SECONDS = Symbol('silent seconds');

/** Logs that could not be checked, and why; nothing and no error when all were. */
interface Unchecked {
  readonly logs: readonly LocalLog[];
  readonly error?: unknown;
}

/**
 * Finds what pub/sub lost and no later frame reveals: asks where the logs with members here stand. An entry can be lost only
 * while a subscription is interrupted: a connection broke, or a slot moved. Then all logs are checked at once, those of each
 * master by one request after the other, and those that failed again. The client of a Cluster does not say when its last
 * subscription is in force, so that each log from which nothing has arrived since is checked once more, a share of them in
 * each round. At other times nothing is asked.
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
    @Inject(MASTER_OF) private readonly masterOf: MasterOf,
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
    const { logs, error } = await this.check(due.filter((log) => !log.wasHeard));
    this.unproven.push(...logs);
    if (error !== undefined) this.logger.warn({ err: error }, 'could not check silent logs');
  }

  /** Checks every log after a subscription was interrupted, until that works or another loss begins. Never rejects. */
  async checkAll(): Promise<void> {
    this.losses += 1;
    const loss = this.losses;
    this.beginSweep();
    const isDue = () => loss === this.losses && !this.isStopped;
    let left: readonly LocalLog[] = [...this.hub.all()];
    const attempt = async () => {
      // Another loss, or the end, may have come during the pause.
      if (!isDue()) return;
      const unchecked = await this.check(left);
      left = unchecked.logs;
      if (left.length > 0) throw unchecked.error;
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

  /**
   * Checks logs, those of each master on their own, so that one that is away delays no log of the others.
   * @returns the logs that could not be checked, and why.
   */
  private async check(logs: readonly LocalLog[]): Promise<Unchecked> {
    const byMaster = new Map<string, LocalLog[]>();
    for (const log of logs) {
      const master = this.masterOf(log.id);
      const own = byMaster.get(master);
      if (own === undefined) byMaster.set(master, [log]);
      else own.push(log);
    }
    const failed = await Promise.all([...byMaster.values()].map((own) => this.checkInTurn(own)));
    return { logs: failed.flatMap((each) => each.logs), error: failed.find(({ error }) => error)?.error };
  }

  /** A request that fails as a whole ends it: the next would hardly fare better. */
  private async checkInTurn(logs: readonly LocalLog[]): Promise<Unchecked> {
    const left: LocalLog[] = [];
    let failure: unknown;
    for (let start = 0; start < logs.length; start += LOGS_PER_REQUEST) {
      const { error, ...unchecked } = await this.checkTogether(logs.slice(start, start + LOGS_PER_REQUEST));
      left.push(...unchecked.logs);
      failure ??= error;
      if (unchecked.isWhole)
        return { logs: [...left, ...logs.slice(start + LOGS_PER_REQUEST)], error: failure };
    }
    return { logs: left, error: failure };
  }

  /** @returns what could not be checked; `isWhole` if the request itself failed. */
  private async checkTogether(logs: readonly LocalLog[]): Promise<Unchecked & { isWhole: boolean }> {
    // A log without a position, or without members, has nothing to lose.
    const batch = logs.filter(({ isKnown, members }) => isKnown && members.size > 0);
    if (batch.length === 0) return { logs: [], isWhole: false };
    const asked = batch.map(({ seq }) => seq);
    const left = new Set(batch);
    let failure: unknown;
    const take: TakeHead = (place, head) => {
      const log = batch[place]!;
      if (head instanceof AppError) failure = head;
      else if (left.delete(log) && log.members.size > 0) log.learn(head, asked[place]!);
    };
    const ids = batch.map(({ id }) => id);
    try {
      await this.reader.check(ids, take);
    } catch (error) {
      return { logs: [...left], error, isWhole: true };
    }
    return { logs: [...left], error: failure, isWhole: false };
  }
}
