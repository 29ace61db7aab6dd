import type { RunningContestant } from '../contestants/contestant.js';
import { openCrowd } from '../measuring/load.js';

/** Users who write in the general channel at once. Makes as many accounts necessary. */
export const WRITERS = 4;
/** Messages of each of these sizes come in turn, in bytes: rows of a page are not equally high. */
const SIZES = [60, 120, 600];
/** Longest stretch of load, in s: what is refused meanwhile is written in the next. */
const STRETCH_SECONDS = 10;

/** Writes messages into the general channel through the services, at `rate` per second. Resolves with how many were stored. */
export async function write(running: RunningContestant, messages: number, rate: number): Promise<number> {
  const crowd = { connections: WRITERS, senders: WRITERS };
  const generators = await Promise.all(
    SIZES.map((messageBytes) => openCrowd(running, { ...crowd, messageBytes })),
  );
  const each = rate / SIZES.length;
  let stored = 0;
  try {
    while (stored < messages) {
      const durationMs = 1_000 * Math.min(STRETCH_SECONDS, Math.max(1, (messages - stored) / rate));
      const runs = generators.map((generator) => generator.run({ rate: each, warmupMs: 0, durationMs }));
      const acknowledged = (await Promise.all(runs)).reduce((sum, { total }) => sum + total.acknowledged, 0);
      if (acknowledged === 0) throw new Error('no message was stored');
      stored += acknowledged;
    }
  } finally {
    await Promise.all(generators.map((generator) => generator.close()));
  }
  return stored;
}
