/** The first rate. */
const FIRST = 200;
/** The last rate that is tried, unless a quick try ends sooner. */
export const LAST_RATE = 25_600;
/** How often the gap between the last rate that held and the first that did not is halved. */
const HALVINGS = 2;

/** The highest rate that holds: doubles until one does not hold, then searches between the last two. 0 when none holds. */
export async function climb(holds: (rate: number) => Promise<boolean>, last = LAST_RATE): Promise<number> {
  let low = 0;
  let high = FIRST;
  while (high <= last && (await holds(high))) {
    low = high;
    high *= 2;
  }
  if (high > last) return low;
  for (let step = 0; step < HALVINGS; step++) {
    const middle = (low + high) / 2;
    if (await holds(middle)) low = middle;
    else high = middle;
  }
  return low;
}
