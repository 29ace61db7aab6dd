/** The result of a reservation: granted, or refused for now or for a known time. */
export type Reservation =
  | { readonly granted: true }
  /** The bound would be exceeded if all pending guesses failed. Ask again when one of them is settled. */
  | { readonly granted: false; readonly retryAfterMs?: undefined }
  /** The bound is reached. */
  | { readonly granted: false; readonly retryAfterMs: number };

/** How many failures one subject (a username, an address) may have. */
export interface FailureBound {
  readonly subject: string;
  readonly most: number;
}

/** Injection token of the {@link AttemptStore}. */
export const ATTEMPT_STORE = Symbol('attempt store');

/** Injection token of how long a failed sign-in counts, in milliseconds. */
export const ATTEMPT_WINDOW_MS = Symbol('attempt window');

/** Counts failed sign-ins within a sliding window, across all replicas. */
export interface AttemptStore {
  /** Returns the milliseconds until the subject may try again, 0 if it may now. Changes nothing. */
  retryAfterMs(bound: FailureBound): Promise<number>;
  /** Reserves a guess. Atomic: failures and pending guesses together never exceed the bound. */
  reserve(bound: FailureBound, attemptId: string): Promise<Reservation>;
  /** Turns a reservation into a failure, or gives it back. Idempotent. */
  settle(bound: FailureBound, attemptId: string, outcome: 'failed' | 'given back'): Promise<void>;
}
