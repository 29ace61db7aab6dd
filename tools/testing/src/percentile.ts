/** The middle value, or the mean of the two middle ones. @throws RangeError when there are no values. */
export function median(values: readonly number[]): number {
  const sorted = ascending(values);
  const at = (sorted.length - 1) / 2;
  return (sorted[Math.floor(at)]! + sorted[Math.ceil(at)]!) / 2;
}

/**
 * The smallest value that at least `share` (0 to 1) of the values do not exceed. @throws RangeError when there are
 * none.
 */
export function percentile(values: readonly number[], share: number): number {
  const sorted = ascending(values);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)]!;
}

function ascending(values: readonly number[]): number[] {
  if (values.length === 0) throw new RangeError('no values');
  return values.toSorted((a, b) => a - b);
}
