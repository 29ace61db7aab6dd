import { type Call, UsageError } from '../command.js';

/**
 * The whole number that an option gives; undefined without the option.
 * @throws UsageError for anything but a number within the bounds.
 */
export function numberOf(
  { options }: Pick<Call, 'options'>,
  option: string,
  [least, most]: readonly [least: number, most: number],
): number | undefined {
  const text = options[option];
  if (text === undefined) return undefined;
  const number = typeof text === 'string' && /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (number >= least && number <= most) return number;
  throw new UsageError(`--${option}: expected a whole number from ${least} to ${most}`);
}
