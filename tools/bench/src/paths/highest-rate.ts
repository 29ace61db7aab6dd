import type { Figures } from '../measuring/rounds.js';
import { climb } from './climb.js';
import type { Ground } from './path.js';

/** The bound on the p99 of the latency. */
export const P99_MS = 250;
const WARM_UP_MS = 500;
/** Length of each step of the search, in seconds. */
const STEP_SECONDS = 2;

/**
 * The highest rate at which p99 is within its bound and nothing is lost or refused, with the figures there. `goodput` is what
 * arrives in time at twice that rate, as a multiple of what does at that rate: 1 when the server refuses or delays no more than it has to.
 * @param seconds how long twice the rate lasts
 * @param last the last rate that is tried
 */
export async function highestRate(
  ground: Ground,
  seconds: number,
  { last, report = console.error }: { last?: number; report?: (line: string) => void } = {},
): Promise<Figures> {
  let best: Figures = {};
  const holds = async (rate: number) => {
    const figures = await ground.at({ rate, seconds: STEP_SECONDS, warmupMs: WARM_UP_MS });
    report(`  ${rate}/s: ${JSON.stringify(figures)}`);
    const held = (figures['p99Ms'] ?? Number.POSITIVE_INFINITY) <= P99_MS && figures['faults'] === 0;
    if (held) best = figures;
    return held;
  };
  // A step that fails is tried once more: on a shared machine, one busy second of another program would end the climb.
  const rate = await climb(async (each) => (await holds(each)) || (await holds(each)), last);
  const { inTimePerSecond } = best;
  if (!inTimePerSecond) return { ...best, rate };
  const over = await ground.at({ rate: 2 * rate, seconds, warmupMs: WARM_UP_MS });
  return { ...best, rate, goodput: over['inTimePerSecond']! / inTimePerSecond };
}
