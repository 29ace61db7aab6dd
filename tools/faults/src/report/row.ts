import type { Account } from '../ledger/settlement.js';

/** Something that must hold besides the account. */
export interface Claim {
  readonly text: string;
  readonly holds: boolean;
  /** Whether it is about a time, which depends on the machine as well. */
  readonly isTimed?: boolean;
}

/** The result of one fault. */
export interface Row {
  /** What was done, for people. */
  readonly fault: string;
  readonly times: number;
  readonly account: Account;
  /** For each time, how long it took until all was well, in ms. */
  readonly wellMs: readonly number[];
  readonly claims: readonly Claim[];
}

/** A claim that a figure does not exceed a bound. */
export const atMost = (what: string, figure: number, bound: number, unit: string): Claim => ({
  text: `${what}: ${Math.round(figure)} ${unit}, at most ${bound}`,
  holds: figure <= bound,
  isTimed: unit === 'ms',
});

/** A claim that all was well again within a bound, every time. */
export const wellIn = (wellMs: readonly number[], boundMs: number): Claim =>
  atMost('all well again', Math.max(...wellMs), boundMs, 'ms');

/** Whether everything about a row holds. */
export function holds({ account, claims }: Row): boolean {
  const { acknowledged, lost, doubled, outOfOrder, failed } = account;
  const unharmed = acknowledged > 0 && lost === 0 && doubled === 0 && outOfOrder === 0 && failed === 0;
  return unharmed && claims.every((claim) => claim.holds);
}
