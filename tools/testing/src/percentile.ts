/** The middle of the values, or the mean of the two in the middle. @throws RangeError when there is none. */
export function median(values: readonly number[]): number {
  const sorted = ascending(values);
  const at = (sorted.length - 1) / 2;
  return (sorted[Math.floor(at)]! + sorted[Math.ceil(at)]!) / 2;
}

/** The least of the values that at least `share` (0 to 1) of them do not exceed. @throws RangeError when there is none. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = ascending(values);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)]!;
}

function ascending(values: readonly number[]): number[] {
  if (values.length === 0) throw new RangeError('no values');
  return values.toSorted((a, b) => a - b);
}
