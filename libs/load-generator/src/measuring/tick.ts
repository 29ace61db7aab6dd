/** The `second` of messages that arrive after a run's last tick. */
export const AFTERWARDS = Number.MAX_SAFE_INTEGER;

/** Occurrences by reason. */
export interface Reasons {
  /** Connections that ended without being closed here, and did not come back. */
  readonly lost: Readonly<Record<string, number>>;
  readonly refused: Readonly<Record<string, number>>;
  /** Connections that ended and are brought back. */
  readonly interrupted: Readonly<Record<string, number>>;
  /** Refusals after which the same is tried again. */
  readonly retried: Readonly<Record<string, number>>;
}

/** What a thread saw since its last tick. */
export interface Tick extends Reasons {
  /** Whole seconds since `measureFrom`, negative while warming up; finally {@link AFTERWARDS}. */
  readonly second: number;
  readonly sent: number;
  readonly acknowledged: number;
  readonly deliveries: number;
  /** Connections that are open at this moment. */
  readonly open: number;
  /** Connections that came back, and messages that they sent again. */
  readonly returned: number;
  readonly resent: number;
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
  readonly reloads: number;
  readonly skipped: number;
  /** With `resume`: messages that were acknowledged, and that the log does not have. */
  readonly vanished: number;
  /** With `resume`: messages that the log has more than once. */
  readonly repeated: number;
  /** With `resume`: messages that were never acknowledged, however often they were sent. */
  readonly unanswered: number;
  /** The first few losses, for people. */
  readonly examples: readonly string[];
}
