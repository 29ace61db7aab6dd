/** Microseconds that `performance.now()` of this thread is behind the machine's monotonic clock. */
const threadOffset = Number(process.hrtime.bigint() / 1_000n) - performance.now() * 1_000;

/** The machine's monotonic clock in microseconds: the same in every thread and process of this machine. */
export const monotonicMicros = (): number => performance.now() * 1_000 + threadOffset;

/**
 * Microseconds since the epoch that never step. Threads that are given the same offset agree to within a microsecond;
 * machines agree as well as their wall clocks did when each took its offset.
 */
export class Clock {
  constructor(
    /** Microseconds from the monotonic clock to the epoch's. */
    readonly offset: number = (performance.timeOrigin + performance.now()) * 1_000 - monotonicMicros(),
  ) {}

  now(): number {
    return monotonicMicros() + this.offset;
  }
}
