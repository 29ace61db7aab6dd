import { performance } from 'node:perf_hooks';

/** Where a load reads the time, and for how much of it the process was busy, both in milliseconds. */
export interface LoadSource {
  now(): number;
  busyMs(): number;
}

/** The share of work with which a wait is credited: alone and close together, writes cost 0.6 of one after a rest. */
const SPARED = 0.6;
/** The load from which things wait on purpose: half of a core. */
export const WAITS_FROM = 0.5;
/** The load from which they wait as long as they may. */
export const WAITS_FULLY_FROM = 0.6;
/** How far the load must rise before waits grow. They shrink with it at once. */
const SLACK = 0.03;
/** The shortest time over which the load is measured, in milliseconds. */
const SAMPLE_MS = 100;
/** The time constant of the exponential average, in milliseconds. */
const SMOOTH_MS = 1_000;

const EVENT_LOOP: LoadSource = {
  now: () => performance.now(),
  busyMs: () => performance.eventLoopUtilization().active,
};

/** What decides how long things wait. */
export type Waits = Pick<Load, 'wait' | 'spared'>;

/**
 * How busy this process is, and how long things therefore wait on purpose. What waits is done together with what arrives
 * meanwhile: it costs less, and is late. So below half of a core nothing waits, and from there on waits grow with the load.
 *
 * The load is the share of time in which the event loop is busy, plus the share that waiting has spared it: the load that
 * there would be if nothing waited. Without that second part waits would end themselves, because they make the process less
 * busy, and begin again. It is smoothed over a second, so that a burst changes nothing, and waits ignore a rise of less than
 * {@link SLACK}, so that they do not follow noise. Time in which another process has the core counts as busy: a machine
 * that is short of CPU makes things wait sooner.
 *
 * It needs no timer: it is measured when something asks, over the time since the last measurement.
 */
export class Load {
  private last: { readonly at: number; readonly busyMs: number };
  private sparedMs = 0;
  private smoothed = 0;
  /** The load for which waits are set: at most the smoothed one, and at most `SLACK` below it. */
  private heeded = 0;

  constructor(private readonly source: LoadSource = EVENT_LOOP) {
    this.last = this.read();
  }

  /** How long something waits now, in milliseconds. @param longestMs how long it waits in a saturated process. */
  wait(longestMs: number): number {
    const share = (this.now() - WAITS_FROM) / (WAITS_FULLY_FROM - WAITS_FROM);
    return longestMs * Math.min(1, Math.max(0, share));
  }

  /** Something waited, and made work of so many milliseconds unnecessary. */
  spared(ms: number): void {
    this.sparedMs += ms * SPARED;
  }

  /** The load for which waits are set, from 0 to 1. */
  now(): number {
    if (this.source.now() - this.last.at < SAMPLE_MS) return this.heeded;
    const read = this.read();
    const elapsedMs = read.at - this.last.at;
    const load = Math.min(1, (read.busyMs - this.last.busyMs + this.sparedMs) / elapsedMs);
    this.last = read;
    this.sparedMs = 0;
    this.smoothed += (load - this.smoothed) * (1 - Math.exp(-elapsedMs / SMOOTH_MS));
    this.heeded = Math.min(this.smoothed, Math.max(this.heeded, this.smoothed - SLACK));
    return this.heeded;
  }

  private read() {
    return { at: this.source.now(), busyMs: this.source.busyMs() };
  }
}

/** The load of this process: its event loop is one, so there is one of it. */
export const processLoad = new Load();
