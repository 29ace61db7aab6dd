import { within } from '@parley/service-kit';

/** Pause between two steps, in milliseconds: requests come between. */
const STEP_PAUSE_MS = 20;
/** Pause when there is nothing to do, or Redis refuses, in milliseconds. */
const REST_MS = 30_000;
/** How far a pause may differ, so that replicas do not step at the same moment. */
const JITTER = 0.25;
/** How long the end waits for a step in progress, in milliseconds: a Redis that loads or hangs never answers it. */
const FINISH_MS = 1_000;

/** Work in small steps, while the service serves. */
export class Steps {
  private timer: NodeJS.Timeout | undefined;
  private step: Promise<void> = Promise.resolve();
  private ended = false;

  /** @param take takes a step. Returns whether there is nothing to do for a while. Never rejects. */
  constructor(private readonly take: () => Promise<boolean>) {}

  start(): void {
    this.schedule(STEP_PAUSE_MS);
  }

  /** Lets a step in progress finish, in time: the connections to Redis are closed after this. */
  async stop(): Promise<void> {
    this.ended = true;
    clearTimeout(this.timer);
    await within(FINISH_MS, this.step).catch(() => undefined);
  }

  private schedule(pauseMs: number): void {
    if (this.ended) return;
    const pause = pauseMs * (1 + JITTER * (2 * Math.random() - 1));
    this.timer = setTimeout(() => {
      this.step = this.take().then((isDone) => this.schedule(isDone ? REST_MS : STEP_PAUSE_MS));
    }, pause);
  }
}
