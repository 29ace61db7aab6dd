import pRetry, { type Options } from 'p-retry';
import type { Dialect } from '../dialect.js';
import type { Clock } from '../measuring/clock.js';
import type { Counters } from '../measuring/counters.js';
import type { Line } from '../wire/line.js';
import type { Sending } from './sending.js';

/** How a connection that a storm cut tries to come back: every half second, 20 times in all. */
const AFTER_CUT: Options = { retries: 19, minTimeout: 500, factor: 1 };
/**
 * How a connection with `resume` tries: as a client does, with pauses that grow to 2 s and are random, so that thousands do not
 * come back at once. After two minutes it counts as lost. A fail-over of Redis takes half a minute at most.
 */
const PATIENT: Options = {
  retries: Number.POSITIVE_INFINITY,
  minTimeout: 250,
  maxTimeout: 2_000,
  factor: 2,
  randomize: true,
  maxRetryTime: 120_000,
};
/** The server pings every 25 s: a line that has heard nothing for this long is dead. Looked at in steps, in ms. */
const SILENCE = { stepMs: 5_000, steps: 7 };

export interface ReturningOptions {
  readonly dialect: Dialect;
  readonly counters: Counters;
  readonly clock: Clock;
  readonly sending: Sending;
  /** Whether a connection comes back that ends without being closed here. */
  readonly resume: boolean;
}

/** Brings connections in, and back when they have ended, with the messages of their senders. */
export class Returning {
  private readonly entered = new WeakSet<Line>();
  private readonly away = new Set<Line>();
  private readonly silences = new WeakMap<Line, number>();
  private readonly ending = new AbortController();
  private watch: NodeJS.Timeout | undefined;

  constructor(private readonly options: ReturningOptions) {}

  /** Connections that are on their way back. */
  get count(): number {
    return this.away.size;
  }

  /** Opens a line and enters. With `resume`, tries again when the server refuses. */
  async bringIn(line: Line): Promise<void> {
    if (this.options.resume) await this.come(line, PATIENT);
    else await this.attempt(line);
  }

  /** Brings a line back that was cut at `due`. Rejects when the server keeps refusing. */
  async bringBack(line: Line, due: number): Promise<void> {
    const { resume, clock, counters, sending } = this.options;
    sending.hold(line);
    await this.come(line, resume ? PATIENT : AFTER_CUT);
    counters.entries.record(clock.now() - due);
    counters.comeBack(sending.release(line));
  }

  /** A line has ended without being closed here. */
  lose(line: Line, reason: string): void {
    const { resume, counters, clock } = this.options;
    if (!resume || this.ending.signal.aborted) return void counters.count('lost', reason);
    // A line that is on its way in or back reports the failure of its attempt.
    if (this.away.has(line)) return;
    counters.count('interrupted', reason);
    this.bringBack(line, clock.now()).catch((error: Error) => counters.count('lost', error.message));
  }

  /** Gives up lines on which nothing arrives any more: a network that is gone says nothing. */
  watchOver(lines: readonly Line[]): void {
    this.watch = setInterval(() => {
      for (const line of lines) {
        const silent = line.tookSilence() ? (this.silences.get(line) ?? 0) + 1 : 0;
        this.silences.set(line, silent);
        if (silent >= SILENCE.steps) line.fall('nothing was heard any more');
      }
    }, SILENCE.stepMs);
  }

  /** Nothing comes back any more. */
  end(): void {
    clearInterval(this.watch);
    this.ending.abort();
  }

  private async come(line: Line, patience: Options): Promise<void> {
    const { resume, counters } = this.options;
    this.away.add(line);
    try {
      await pRetry(() => this.attempt(line), {
        ...patience,
        signal: this.ending.signal,
        onFailedAttempt: ({ error }) => {
          counters.count(resume ? 'retried' : 'refused', `coming back: ${error.message}`);
          line.cut();
        },
      });
    } finally {
      this.away.delete(line);
    }
  }

  private async attempt(line: Line): Promise<void> {
    const { dialect } = this.options;
    await line.open();
    const enter = (this.entered.has(line) && dialect.reenter) || dialect.enter;
    await enter.call(dialect, line, line.seat);
    this.entered.add(line);
  }
}
