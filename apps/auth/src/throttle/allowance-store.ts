/** What a subject (a username, an address) may do: `burst` times at once after a pause, and then once in `paceMs`. */
export interface Allowance {
  readonly subject: string;
  readonly burst: number;
  readonly paceMs: number;
}

/** Injection token of the {@link AllowanceStore}. */
export const ALLOWANCE_STORE = Symbol('allowance store');

/** Keeps what subjects have used of their allowances, across all replicas. What was used is forgotten at the allowance's pace. */
export interface AllowanceStore {
  /** Takes one use and returns 0, or takes nothing and returns the milliseconds until there is one. Atomic. */
  take(allowance: Allowance): Promise<number>;
  /** Gives one use back. */
  giveBack(allowance: Allowance): Promise<void>;
  /** Notes that a subject has used `ms` more of something, to be forgotten by and by. At most `mostMs` are kept. */
  spend(subject: string, ms: number, mostMs: number): Promise<void>;
  /** Returns how much of that is not yet forgotten, in milliseconds. */
  spent(subject: string): Promise<number>;
}
