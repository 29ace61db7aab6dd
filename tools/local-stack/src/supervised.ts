import { setTimeout as delay } from 'node:timers/promises';
import { describeEnding, EndedEarly, type Launched, readyUnlessEnded } from './launched.js';
import { StartError } from './start-error.js';

/** The pause before a dead process is restarted doubles each time, from the first to the longest. */
const firstPauseMs = 100;
const longestPauseMs = 5_000;
/** A process that has run this long has recovered: its next pause is the first again. */
const recoveredAfterMs = 10_000;
/** How often a first start is tried. Later ones are tried for ever. */
const firstStartTries = 3;
/** How long a first start may take. A later one may take any time: Redis may be away, or load its data. */
const firstReadyMs = 60_000;

/** Keeps one process running: starts it, and restarts it whenever it dies, until it is stopped. */
export class Supervised {
  private current: Launched | undefined;
  private readonly stopping = new AbortController();
  private keeping: Promise<void> = Promise.resolve();

  constructor(
    readonly name: string,
    private readonly launch: () => Launched,
    private readonly report: (line: string) => void,
  ) {}

  /** The pid of the running process, or undefined between two. */
  get pid(): number | undefined {
    return this.current?.pid;
  }

  /**
   * Resolves when the process is ready. Rejects with a StartError when it exits on its own (its settings are the
   * likely cause, and a restart would not help), does not become ready, is killed three times, or is stopped.
   */
  async start(): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      const launched = this.begin();
      const failure = await readyUnlessEnded(launched.ready, launched.ended, firstReadyMs).then(
        () => undefined,
        (error: Error) => error,
      );
      if (!failure) break;
      this.stopping.signal.throwIfAborted();
      launched.signal('SIGKILL');
      await launched.ended;
      const wasKilled = failure instanceof EndedEarly && failure.ending.signal !== null;
      if (!wasKilled || tries === firstStartTries) throw this.refusal(launched, failure);
      await delay(firstPauseMs * 2 ** tries, undefined, { signal: this.stopping.signal });
    }
    this.keeping = this.keep();
  }

  /** Sends a signal to the running process. After a SIGKILL it is restarted, as after any other death. */
  signal(name: NodeJS.Signals): void {
    this.current?.signal(name);
  }

  /** Ends it for good: SIGTERM, then SIGKILL if it still runs after `graceMs`. Never rejects. */
  async stop(graceMs: number): Promise<void> {
    this.stopping.abort(new StartError(`${this.name} was stopped`));
    const { current } = this;
    if (current) {
      current.signal('SIGTERM');
      const timer = setTimeout(() => current.signal('SIGKILL'), Math.max(graceMs, 0));
      await current.ended;
      clearTimeout(timer);
    }
    await this.keeping;
  }

  private begin(): Launched {
    this.stopping.signal.throwIfAborted();
    const launched = this.launch();
    this.current = launched;
    return launched;
  }

  private async keep(): Promise<void> {
    const { signal } = this.stopping;
    for (let pauseMs = firstPauseMs; !signal.aborted; pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
      const since = performance.now();
      const launched = this.current!;
      const ending = await launched.ended;
      if (signal.aborted) return;
      if (performance.now() - since > recoveredAfterMs) pauseMs = firstPauseMs;
      const words = launched.lastWords();
      this.report(`${this.name} ended (${describeEnding(ending)}${words && `: ${words}`}), restarting it`);
      await delay(pauseMs, undefined, { signal }).catch(() => undefined); // stopped meanwhile
      if (!signal.aborted) this.again();
    }
  }

  /** Ends a process that gives no sign of life, so that it is tried again. */
  private again(): void {
    const launched = this.begin();
    launched.ready.then(
      () => this.report(`${this.name} is ready again`),
      () => launched.signal('SIGKILL'),
    );
  }

  private refusal(launched: Launched, failure: Error): StartError {
    const words = launched.lastWords();
    return new StartError(words ? `${this.name}: ${words}` : `${this.name}: ${failure.message}`);
  }
}
