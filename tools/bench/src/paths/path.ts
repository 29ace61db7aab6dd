import type { RunningContestant } from '../contestants/contestant.js';
import type { Figures } from '../measuring/rounds.js';

/** Steady load: so many messages, or connections, per second. */
export interface Load {
  rate: number;
  seconds: number;
  /** Load of the same kind before the measured time. */
  warmupMs: number;
}

/** The opened crowd of a path. */
export interface Ground {
  /**
   * The figures of one stretch of load. `perSecond` counts deliveries, or connections that have entered. CPU is in µs for each
   * of them, and `memoryBytes` is that of all server processes except Redis at the end. `inTimePerSecond` counts the
   * deliveries that arrived within {@link IN_TIME_MS} of when they were due. `faults` is 0 when nothing was lost, refused, doubled or
   * out of order.
   */
  at(load: Load): Promise<Figures>;
  close(): Promise<void>;
}

/** A way in which clients load a chat. */
export interface Path {
  /** Its name in files. */
  readonly id: string;
  readonly title: string;
  /** What `rate` counts. */
  readonly unit: 'messages' | 'connections';
  /** How many users it needs. */
  readonly accounts: number;
  /** Opens its crowd, `scale` (up to 1) as large as it is. */
  open(running: RunningContestant, scale: number): Promise<Ground>;
}

/** A message that is later than this is of no use in a conversation. */
export const IN_TIME_MS = 1_000;
