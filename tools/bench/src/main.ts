import type { Benchmark } from './benchmarks/benchmark.js';
import { BENCHMARKS } from './benchmarks/benchmarks.js';
import { type Asked, readOptions, withoutNode } from './command/options.js';
import { explain, TRANSPORT_USAGE, USAGE } from './command/usage.js';
import { UsageError } from './command/usage-error.js';
import { findNode } from './node/find-node.js';
import { baseImage } from './node/images-node.js';
import { runAgain } from './node/run-again.js';
import { appended, renderAll } from './report/render.js';
import { beginResult, isComparable, readResult, writeResult } from './report/results.js';
import { isRecorded as isTransportRecorded, run as runTransport } from './transport/transport.js';

/** The exit code of a wrong option, and of what cannot run on this machine, as of the other tools. */
const NOT_HERE = 2;

async function runOne(benchmark: Benchmark, { run, append, records }: Asked): Promise<void> {
  const earlier = append ? await readResult(benchmark.name) : undefined;
  if (earlier && !isComparable(earlier))
    throw new UsageError(`--append: ${benchmark.name} is recorded of another machine or Node`);
  const begun = beginResult(benchmark.name, run.rounds, run.seconds);
  const result = { ...begun, measured: await benchmark.measure(run) };
  if (!records) return console.log(await benchmark.section(result.measured));
  await writeResult(appended(earlier, result));
  await renderAll();
}

/** A benchmark to run, or to explain. */
interface Task {
  benchmark: Benchmark;
  asked: Asked;
}

/** All benchmarks, or the named one. Options are read before anything runs, so that a wrong one shows at once. */
function tasksOf(name: string | undefined, args: string[]): Task[] {
  const wanted = BENCHMARKS.filter((each) => name === undefined || each.name === name);
  if (wanted.length === 0) throw new UsageError(`there is no benchmark ${name}`);
  return wanted.map((benchmark) => ({ benchmark, asked: readOptions(args, benchmark) }));
}

/** The benchmarks that are possible here. The exit code says so when the only one is not. */
function possible(tasks: readonly Task[]): Task[] {
  return tasks.filter(({ benchmark }) => {
    const obstacle = benchmark.obstacle?.();
    if (obstacle === undefined) return true;
    console.error(`npm run bench -- ${benchmark.name} is not possible here: ${obstacle}`);
    if (tasks.length === 1) process.exitCode = NOT_HERE;
    return false;
  });
}

/** Runs these, and the benchmark of the transport with its own arguments, on the right Node. */
async function measure(tasks: readonly Task[], transport: string[] | undefined): Promise<void> {
  for (const { benchmark, asked } of tasks) await runOne(benchmark, asked);
  if (transport !== undefined) await runTransport(transport);
}

async function main(given: string[]): Promise<void> {
  const { node, args: all } = withoutNode(given);
  // Options alone are for all benchmarks.
  const [name, args] = all[0]?.startsWith('-') ? [undefined, all] : [all[0], all.slice(1)];
  const help = args.includes('--help');
  if (name === 'tables') return renderAll();
  if (help && name === undefined) return console.log(USAGE);
  if (help && name === 'transport') return console.log(TRANSPORT_USAGE);
  const tasks = name === 'transport' ? [] : tasksOf(name, args);
  if (help) return console.log(explain(tasks[0]!.benchmark));
  const here = possible(tasks);
  const transport = name === 'transport' ? args : name === undefined ? [] : undefined;
  if (here.length === 0 && transport === undefined) return;
  const recording =
    here.some(({ asked }) => asked.records) || (transport !== undefined && isTransportRecorded(transport));
  const program = await findNode({ given: node, recording, base: baseImage() });
  await (program === undefined ? measure(here, transport) : runAgain(program, all));
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`${error.message}\n\n${USAGE}`);
  process.exitCode = NOT_HERE;
}
