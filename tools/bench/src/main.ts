import { parseArgs } from 'node:util';
import type { Benchmark } from './benchmarks/benchmark.js';
import { BENCHMARKS, documented } from './benchmarks/benchmarks.js';
import { writeSection } from './report/document.js';
import { beginResult, type Result, readResult, writeResult } from './report/results.js';
import { renderTransport, run as runTransport } from './transport/transport.js';

const USAGE = `Measures hot paths, each beside other servers, and the web client.

  npm run bench                       everything
  npm run bench -- <name> [options]   one of ${BENCHMARKS.map(({ name }) => name).join(', ')}; or transport, which has options of its own
  npm run bench -- tables             writes the recorded results into the document

  --rounds <n>     measurements of each server, interleaved; medians count
  --seconds <n>    length of each
  --append         adds the rounds to the recorded ones, for machines where a run must be short
  --only <ids>     only these servers, separated by commas; records nothing
  --scale <share>  scales the crowds down for a quick try; records nothing

Results go to tools/bench/results, their tables to docs/performance.md. The exit code is 2 when an option is wrong, or the
benchmark cannot run on this machine: web needs Chromium.`;

/** The exit code of what cannot run on this machine, as of the other tools. */
const NOT_HERE = 2;

const OPTIONS = {
  rounds: { type: 'string' },
  seconds: { type: 'string' },
  append: { type: 'boolean', default: false },
  only: { type: 'string' },
  scale: { type: 'string', default: '1' },
  help: { type: 'boolean', default: false },
} as const;

async function runOne(benchmark: Benchmark, args: string[]): Promise<void> {
  const { values } = parseArgs({ args, options: OPTIONS });
  const { defaults } = benchmark;
  const options = {
    rounds: Number(values.rounds ?? defaults.rounds),
    seconds: Number(values.seconds ?? defaults.seconds),
    scale: Number(values.scale),
    only: values.only?.split(','),
  };
  const begun = beginResult(benchmark.name, options.rounds, options.seconds);
  const result = { ...begun, measured: await benchmark.measure(options) };
  if (options.only || options.scale !== 1) return console.log(await benchmark.section(result.measured));
  const recorded = values.append ? appended(await readResult(benchmark.name), result) : result;
  await writeResult(recorded);
  await renderAll();
}

/** Writes all recorded results into the document: some tables use the results of several benchmarks. */
async function renderAll(): Promise<void> {
  const results = new Map(
    await Promise.all(BENCHMARKS.map(async ({ name }) => [name, await readResult(name)] as const)),
  );
  for (const benchmark of BENCHMARKS) {
    const { name, needs = [] } = benchmark;
    const result = results.get(name);
    if (result && needs.every((each) => results.get(each)))
      await writeSection(name, await documented(benchmark, result));
  }
  await renderTransport();
}

function appended(earlier: Result | undefined, result: Result): Result {
  if (!earlier) return result;
  const measured = result.measured.map((each) => {
    const same = earlier.measured.find(
      ({ contestant, situation }) => contestant === each.contestant && situation === each.situation,
    );
    return { ...each, rounds: [...(same?.rounds ?? []), ...each.rounds] };
  });
  return { ...result, rounds: earlier.rounds + result.rounds, measured };
}

async function main([name, ...args]: string[]): Promise<void> {
  if (name === 'transport') return runTransport(args);
  if (name === 'tables') return renderAll();
  const wanted = BENCHMARKS.filter((each) => name === undefined || each.name === name);
  if (wanted.length === 0) {
    console.error(USAGE);
    process.exitCode = name === '--help' ? 0 : 2;
    return;
  }
  for (const benchmark of wanted) {
    const obstacle = benchmark.obstacle?.();
    if (obstacle === undefined) await runOne(benchmark, args);
    else {
      console.error(`npm run bench -- ${benchmark.name} is not possible here: ${obstacle}`);
      // Of all benchmarks, the others have run.
      if (name !== undefined) process.exitCode = NOT_HERE;
    }
  }
  if (name === undefined) await runTransport([]);
}

await main(process.argv.slice(2));
