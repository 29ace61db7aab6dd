import { setTimeout as delay } from 'node:timers/promises';
import { describeEnding, EndedEarly, type Launched } from './launched.js';
import { StartError } from './start-error.js';

/** Pauses before a process that died is started again: doubled each time, from the first to the longest. */
const firstPauseMs = 100;
const longestPauseMs = 5_000;
/** One that has worked for this long has recovered: its next pause is the first again. */
const recoveredAfterMs = 10_000;
/** A first start is tried so often; a later one for ever. */
const firstStartTries = 3;

/** Keeps one process running: starts it, and again whenever it dies, until it is stopped. */
export class Supervised {
  private current: Launched | undefined;
  private readonly stopping = new AbortController();
  private keeping: Promise<void> = Promise.resolve();

  constructor(
    readonly name: string,
    private readonly launch: () => Launched,
    private readonly report: (line: string) => void,
  ) {}

  /** Of the process that runs now; undefined between two. */
  get pid(): number | undefined {
    return this.current?.pid;
  }

  /**
   * Resolves when the process does its work. Rejects with a StartError when it ends by itself, which means that starting it
   * again would not help (its settings, most likely), does not become ready, or is killed three times; and when stopped.
   */
  async start(): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      const launched = this.begin();
      const failure = await launched.ready.then(
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

  /** Sends a signal to the process that runs now; with SIGKILL it is started again like after any other death. */
  signal(name: NodeJS.Signals): void {
    this.current?.signal(name);
  }

  /** Ends it for good: SIGTERM, and SIGKILL when it still runs after `graceMs`. Never rejects. */
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
      this.report(
        `${this.name} ended (${describeEnding(ending)}${words && `: ${words}`}), starting it again`,
      );
      await delay(pauseMs, undefined, { signal }).catch(() => undefined); // stopped meanwhile
      if (!signal.aborted) this.again();
    }
  }

  /** One that does not become ready is ended, so that it is tried again. */
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
