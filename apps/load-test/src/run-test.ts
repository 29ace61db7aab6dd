import { LoadGenerator } from '@parley/load-generator';
import type { TestOptions } from './options.js';
import { type ProgressLine, progressOf } from './progress.js';
import { type Report, type RunReport, runReport, testReport } from './report.js';
import { loadOf, runOf } from './scenarios.js';
import { brokenBy } from './thresholds.js';

/** Factor between two steps of the search for the limit. */
const STEP = 1.5;
/** How often the gap between the highest rate that held and the lowest that did not is halved. */
const HALVINGS = 3;

/**
 * Opens the connections, runs what the options say, and reports. `signal` ends the load early; the report is of what was measured.
 */
export async function runTest(
  options: TestOptions,
  line: ProgressLine,
  signal?: AbortSignal,
): Promise<Report> {
  const startedAt = new Date();
  const load = loadOf(options, (text) => line.note(text));
  line.note(`opening ${options.connections} connections`);
  const generator = await LoadGenerator.open(load);
  try {
    if (options.startAt !== undefined && options.startAt < Date.now()) {
      throw new Error('--start-at: the connections were not open by then');
    }
    const run = (rate?: number) => oneRun(generator, options, line, { rate, signal });
    const found = options.findLimit ? await findLimit(options, run, line, signal) : { runs: [await run()] };
    const { entered, serversBefore } = generator;
    return testReport({ load: options, startedAt, senders: load.senders, entered, serversBefore, ...found });
  } finally {
    await generator.close();
    line.end();
  }
}

async function oneRun(
  generator: LoadGenerator,
  options: TestOptions,
  line: ProgressLine,
  { rate, signal }: { rate?: number | undefined; signal?: AbortSignal | undefined },
): Promise<RunReport> {
  const onProgress = progressOf(line, options);
  const result = await generator.run({ ...runOf(options, rate), onProgress, signal });
  return runReport(result, options.urls);
}

/** Raises the rate until a threshold breaks, then narrows down the limit. */
async function findLimit(
  { rate: lowest, thresholds }: TestOptions,
  run: (rate: number) => Promise<RunReport>,
  line: ProgressLine,
  signal: AbortSignal | undefined,
): Promise<{ runs: RunReport[]; limit: number }> {
  const runs: RunReport[] = [];
  const holds = async (rate: number): Promise<boolean> => {
    const report = await run(rate);
    runs.push(report);
    const [broken] = brokenBy(report, thresholds);
    line.note(`${rate} messages/s: ${broken ?? 'held'}`);
    signal?.throwIfAborted();
    return broken === undefined;
  };
  let [held, broke] = [0, lowest];
  while (await holds(broke)) [held, broke] = [broke, Math.round(broke * STEP)];
  for (let halving = 0; halving < HALVINGS && held > 0; halving += 1) {
    const middle = Math.round((held + broke) / 2);
    if (await holds(middle)) held = middle;
    else broke = middle;
  }
  return { runs, limit: held };
}
