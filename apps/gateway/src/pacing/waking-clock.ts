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

/**
 * Settles as the promise does.
 * @throws Error when it takes longer than `ms` milliseconds of the {@link WakingClock}.
 */
export async function withinWaking<T>(ms: number, promise: Promise<T>): Promise<T> {
  const until = wakingNow() + ms;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const look = () => {
      const leftMs = Math.ceil(until - wakingNow());
      if (leftMs > 0) timer = setTimeout(look, leftMs);
      else reject(new Error(`Not done within ${ms} ms.`));
    };
    look();
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
