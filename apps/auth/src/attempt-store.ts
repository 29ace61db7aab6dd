/** What a reservation came to: granted, or refused for now or for a known time. */
export type Reservation =
  | { readonly granted: true }
  /** The bound would be passed if all guesses in hand failed: ask again when one of them is through. */
  | { readonly granted: false; readonly retryAfterMs?: undefined }
  /** The bound is reached. */
  | { readonly granted: false; readonly retryAfterMs: number };

/** How many failures of one subject (a username, an address) are borne. */
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
  /** Milliseconds until the subject may try again, 0 when it may now. Changes nothing. */
  retryAfterMs(bound: FailureBound): Promise<number>;
  /** Reserves a guess. Atomic: failures and guesses in hand together never pass the bound. */
  reserve(bound: FailureBound, attemptId: string): Promise<Reservation>;
  /** Turns a reservation into a failure, or gives it back. Idempotent. */
  settle(bound: FailureBound, attemptId: string, outcome: 'failed' | 'given back'): Promise<void>;
}
