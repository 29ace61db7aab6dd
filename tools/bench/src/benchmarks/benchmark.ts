import type { Contestant, RunningContestant } from '../contestants/contestant.js';
import { makeAccounts } from '../measuring/load.js';
import type { Entry, Measured } from '../measuring/rounds.js';

/** Options of a run. */
export interface RunOptions {
  rounds: number;
  /** Length of each measurement, without the warm-up. */
  seconds: number;
  /** Multiplies crowds and rates. Below 1 is for a quick try, whose figures mean nothing. */
  scale: number;
  /** Ids of the contestants that take part; all of them when absent. */
  only?: readonly string[];
  /** Other servers that take part beside. */
  others?: readonly Contestant[];
}

/** One hot path, measured beside others. */
export interface Benchmark {
  readonly name: string;
  /** What it answers, in one sentence. */
  readonly question: string;
  /** The servers that can be chosen of. Without it, Parley alone is measured, or variants of it. */
  readonly servers?: readonly Contestant[];
  /** Whether a server that the command line names can take part. */
  readonly takesPeers?: boolean;
  readonly defaults: Pick<RunOptions, 'rounds' | 'seconds'>;
  /** Whether other servers are measured beside Parley, which is so by default. */
  readonly hasPeers?: boolean;
  /** Why it cannot run on this machine; undefined when it can. */
  obstacle?(): string | undefined;
  measure(options: RunOptions): Promise<Measured[]>;
  /** The document's section about the result, in Markdown. */
  section(measured: readonly Measured[]): string | Promise<string>;
}

export interface Started {
  contestant: Contestant;
  running: RunningContestant;
}

/** Starts the contestants that take part, the others included, with this many accounts each, and stops them when `work` has ended. */
export async function withContestants<T>(
  contestants: readonly Contestant[],
  { only, others = [] }: RunOptions,
  accounts: number,
  work: (started: readonly Started[]) => Promise<T>,
): Promise<T> {
  const started: Started[] = [];
  try {
    const wanted = contestants.filter(({ id }) => !only || only.includes(id));
    for (const contestant of [...wanted, ...others]) {
      const running = await contestant.start();
      started.push({ contestant, running });
      await makeAccounts(running, accounts);
    }
    return await work(started);
  } finally {
    await Promise.all(started.map(({ running }) => running.stop()));
  }
}

/** What `inRounds` measures of a contestant, in a situation where there are several. */
export const entryOf = (
  { contestant: { id, label } }: Started,
  measure: Entry['measure'],
  situation?: string,
): Entry => ({ contestant: id, label, situation, measure });
