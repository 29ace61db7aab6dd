/** Time between two readings of the real clock, in milliseconds. */
const TICK_MS = 250;
/** Longest time that passes from one reading to the next, in milliseconds: what is above that was a stall. */
export const MOST_PER_TICK_MS = 2 * TICK_MS;

/**
 * A monotonic clock that stands still while this process does: a process that was stopped, or whose event loop did not
 * turn, has heard nobody in that time. Everything that a client must do in time is measured by it, so that the side that
 * stalled grants the time again.
 *
 * A timer reads the real clock. From one reading to the next, half a second passes at most. So a deadline of a client is
 * over only after as many turns of the event loop as it has half seconds, each of which read the sockets.
 */
export class WakingClock {
  private passed = 0;
  private readAt: number;

  /** @param real milliseconds of a monotonic clock. */
  constructor(private readonly real: () => number = () => performance.now()) {
    this.readAt = real();
  }

  /** Milliseconds since the clock was made, without stalls. It never goes back. */
  now(): number {
    return this.passed + Math.min(MOST_PER_TICK_MS, this.real() - this.readAt);
  }

  /** Reads the real clock. A timer calls it, so at most once per turn of the event loop. */
  tick(): void {
    this.passed = this.now();
    this.readAt = this.real();
  }
}

const clock = new WakingClock();
setInterval(() => clock.tick(), TICK_MS).unref();

/** Milliseconds of this process's {@link WakingClock}. */
export const wakingNow = (): number => clock.now();

/** Calls `due` once, when that many milliseconds of the {@link WakingClock} have passed. */
export class WakingDeadline {
  private timer: NodeJS.Timeout | undefined;
  private until = 0;

  constructor(
    private readonly ms: number,
    private readonly due: () => void,
  ) {
    this.restart();
  }

  /** Grants the whole time again. */
  restart(): void {
    this.stop();
    this.until = wakingNow() + this.ms;
    this.look();
  }

  /** It is never due, unless it is restarted. */
  stop(): void {
    clearTimeout(this.timer);
  }

  private look(): void {
    const leftMs = Math.ceil(this.until - wakingNow());
    if (leftMs <= 0) this.due();
    else this.timer = setTimeout(() => this.look(), leftMs).unref();
  }
}

/**
 * Settles as the promise does.
 * @throws Error when it takes longer than `ms` milliseconds of the {@link WakingClock}.
 */
export async function withinWaking<T>(ms: number, promise: Promise<T>): Promise<T> {
  let deadline: WakingDeadline | undefined;
  const late = new Promise<never>((_, reject) => {
    deadline = new WakingDeadline(ms, () => reject(new Error(`Not done within ${ms} ms.`)));
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    deadline?.stop();
  }
}
