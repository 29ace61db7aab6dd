import { UsageError } from './exit-codes.js';

/** An option that is a whole number from `least` to `most`. @throws UsageError for anything else. */
export function wholeNumber(
  name: string,
  given: string | boolean | undefined,
  { least, most, otherwise }: { readonly least: number; readonly most: number; readonly otherwise?: number },
): number | undefined {
  if (given === undefined) return otherwise;
  const value = Number(given);
  if (typeof given === 'string' && /^\d+$/.test(given) && value >= least && value <= most) return value;
  throw new UsageError(`--${name} ${given}: expected a whole number from ${least} to ${most}`);
}

/** The longest wait that a timer can hold, in s. */
const LONGEST_S = Math.floor(2 ** 31 / 1000) - 1;
const DEFAULT_S = 30;

/** How long the server may take, in ms, by an option in seconds. @throws UsageError. */
export function timeoutMs(given: string | boolean | undefined): number {
  if (given === undefined) return DEFAULT_S * 1000;
  const seconds = Number(given);
  if (typeof given === 'string' && given.trim() !== '' && seconds > 0 && seconds <= LONGEST_S)
    return seconds * 1000;
  throw new UsageError(`--timeout ${given}: expected seconds, more than 0`);
}
