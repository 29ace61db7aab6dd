/** By how many microseconds this thread's `performance.now()` lags the machine's monotonic clock. */
const threadOffset = Number(process.hrtime.bigint() / 1_000n) - performance.now() * 1_000;

/** The machine's monotonic clock in microseconds: the same in every thread and process of this machine. */
export const monotonicMicros = (): number => performance.now() * 1_000 + threadOffset;

/**
 * Microseconds since the epoch, without steps. Threads with the same offset agree to within a microsecond. Machines agree as
 * well as their wall clocks did when each took its offset.
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
