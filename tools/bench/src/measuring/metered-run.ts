import type { RunResult } from '@parley/load-generator';
import type { RunningContestant } from '../contestants/contestant.js';
import { type Crowd, openCrowd } from './load.js';
import { Meter, type Usage } from './meter.js';

/** One stretch of load on a crowd, and what the contestant used for it, warm-up included. */
export async function meteredRun(
  running: RunningContestant,
  crowd: Crowd,
  { rate, warmupMs, seconds }: { rate: number; warmupMs: number; seconds: number },
): Promise<{ result: RunResult; usage: Usage }> {
  const generator = await openCrowd(running, crowd);
  const meter = new Meter(running);
  try {
    return await meter.during(() => generator.run({ rate, warmupMs, durationMs: seconds * 1_000 }));
  } finally {
    meter.end();
    await generator.close();
  }
}
