import type { Benchmark } from './benchmarks/benchmark.js';
import { BENCHMARKS } from './benchmarks/benchmarks.js';
import { type Asked, readOptions } from './command/options.js';
import { explain, TRANSPORT_USAGE, USAGE } from './command/usage.js';
import { UsageError } from './command/usage-error.js';
import { appended, renderAll } from './report/render.js';
import { beginResult, readResult, writeResult } from './report/results.js';
import { run as runTransport } from './transport/transport.js';

/** The exit code of a wrong option, and of what cannot run on this machine, as of the other tools. */
const NOT_HERE = 2;

async function runOne(benchmark: Benchmark, { run, append, records }: Asked): Promise<void> {
  const begun = beginResult(benchmark.name, run.rounds, run.seconds);
  const result = { ...begun, measured: await benchmark.measure(run) };
  if (!records) return console.log(await benchmark.section(result.measured));
  await writeResult(append ? appended(await readResult(benchmark.name), result) : result);
  await renderAll();
}

/** Runs all benchmarks that are possible here, or the named one. */
async function runSome(name: string | undefined, args: string[]): Promise<void> {
  const wanted = BENCHMARKS.filter((each) => name === undefined || each.name === name);
  if (wanted.length === 0) throw new UsageError(`there is no benchmark ${name}`);
  // Read before anything runs: a wrong option shows at once.
  const all = wanted.map((benchmark) => ({ benchmark, asked: readOptions(args, benchmark) }));
  for (const { benchmark, asked } of all) {
    const obstacle = benchmark.obstacle?.();
    if (asked.help) console.log(explain(benchmark));
    else if (obstacle === undefined) await runOne(benchmark, asked);
    else {
      console.error(`npm run bench -- ${benchmark.name} is not possible here: ${obstacle}`);
      // Of all benchmarks, the others have run.
      if (name !== undefined) process.exitCode = NOT_HERE;
    }
  }
}

async function main([first, ...rest]: string[]): Promise<void> {
  // Options alone are for all benchmarks.
  const [name, args] = first?.startsWith('-') ? [undefined, [first, ...rest]] : [first, rest];
  if (name === undefined && args.includes('--help')) return console.log(USAGE);
  if (name === 'transport' && args.includes('--help')) return console.log(TRANSPORT_USAGE);
  if (name === 'transport') return runTransport(args);
  if (name === 'tables') return renderAll();
  await runSome(name, args);
  if (name === undefined) await runTransport([]);
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`${error.message}\n\n${USAGE}`);
  process.exitCode = NOT_HERE;
}
