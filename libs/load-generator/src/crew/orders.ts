import type { DialectSource } from '../dialect.js';
import type { Tick, Verdict } from '../measuring/tick.js';
import type { Seating } from '../seating.js';
import type { Timetable } from './schedule.js';

/** What a thread gets when it starts. */
export interface CrewPlan {
  readonly seating: Seating;
  readonly thread: number;
  readonly threads: number;
  readonly dialect: DialectSource;
  /** What the dialect's `prepare` resolved with. */
  readonly prepared: unknown;
  readonly origin: number;
  readonly clockOffset: number;
  readonly messageBytes: number;
  /** Milliseconds over which the connections of all threads open. */
  readonly rampMs: number;
  /** Upgrades and sign-ins of one thread at the same time. */
  readonly entering: number;
  /** Whether connections come back that end without being closed here, and send again what was not acknowledged. */
  readonly resume: boolean;
}

/** One stretch of load on open connections. */
export interface RunOrder {
  readonly timetable: Timetable;
  /** Latencies are taken of messages that are due from this moment on, in µs since the epoch. */
  readonly measureFrom: number;
  /** At this moment, in µs since the epoch, every connection is cut and comes back. */
  readonly stormAt?: number | undefined;
  /** Visits per second over all threads, from the beginning to the end. */
  readonly visitsPerSecond?: number | undefined;
}

/** How far a thread is. */
export interface Standing {
  readonly sent: number;
  readonly acknowledged: number;
  readonly deliveries: number;
  /** Connections that are on their way back, and, with `resume`, messages that are not acknowledged. */
  readonly awaited: number;
  /** Pairs of stream and newest number. */
  readonly newest: Float64Array;
}

/** What a thread can be asked to do, with what it answers. */
export interface Tasks {
  /** Answers with pairs of microseconds and count: how long each connection took to enter from when it was due. */
  enter: { ask: undefined; answer: Float64Array };
  run: { ask: RunOrder; answer: undefined };
  /** Ends the run early, at this moment in µs since the epoch. */
  stop: { ask: number; answer: undefined };
  stand: { ask: undefined; answer: Standing };
  settle: { ask: Float64Array; answer: Verdict };
  leave: { ask: undefined; answer: undefined };
}

export type TaskName = keyof Tasks;

export interface Request<Name extends TaskName = TaskName> {
  readonly id: number;
  readonly name: Name;
  readonly ask: Tasks[Name]['ask'];
}

/** What a thread posts: an answer, a failure, or a tick. */
export type Post =
  | { readonly id: number; readonly answer: unknown }
  | { readonly id: number; readonly failure: string }
  | { readonly tick: Tick };
