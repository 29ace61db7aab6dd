/** The `second` of messages that arrive after a run's last tick. */
export const AFTERWARDS = Number.MAX_SAFE_INTEGER;

/** What a thread saw since its last tick. */
export interface Tick {
  /** Whole seconds since `measureFrom`, negative while warming up; finally {@link AFTERWARDS}. */
  readonly second: number;
  readonly sent: number;
  readonly acknowledged: number;
  readonly deliveries: number;
  /** Connections that are open at this moment. */
  readonly open: number;
  /** Connections that ended without being closed here, and refusals, by reason. */
  readonly lost: Readonly<Record<string, number>>;
  readonly refused: Readonly<Record<string, number>>;
  /** Pairs of microseconds and count, for each URL. */
  readonly latencies: readonly Float64Array[];
  readonly ackLatencies: Float64Array;
  /** From when a message was due until it was sent. */
  readonly sendDelays: Float64Array;
  /** From when a connection was due, or cut, until it had entered. */
  readonly entries: Float64Array;
}

/** Which messages a thread's connections did not get once and in order. */
export interface Verdict {
  readonly lost: number;
  readonly doubled: number;
  readonly disordered: number;
  readonly strayed: number;
  /** The first few losses, for people. */
  readonly examples: readonly string[];
}
