import { parseArgs } from 'node:util';
import type { Benchmark } from './benchmark.js';
import { model } from './calibration.js';
import { connect } from './connect.js';
import { writeSection } from './document.js';
import { fanOut } from './fan-out.js';
import { ingest } from './ingest.js';
import { largeChannel } from './large-channel.js';
import { limit } from './limit.js';
import { memory } from './memory.js';
import { beginResult, type Result, readResult, writeResult } from './results.js';
import { rooms } from './rooms.js';
import { signIn } from './sign-in.js';
import { run as runTransport } from './transport.js';

const BENCHMARKS: readonly Benchmark[] = [
  fanOut,
  limit,
  rooms,
  ingest,
  connect,
  signIn,
  memory,
  largeChannel,
  model,
];

const USAGE = `Measures hot paths, each beside other servers.

  npm run bench                       everything
  npm run bench -- <name> [options]   one of ${BENCHMARKS.map(({ name }) => name).join(', ')}; or transport, which has options of its own

  --rounds <n>     measurements of each server, in turn; the medians count
  --seconds <n>    length of each
  --append         adds the rounds to the recorded ones, where a run may only be short
  --only <ids>     these servers only, separated by commas; nothing is recorded
  --scale <share>  so much of the crowds, for a quick try; nothing is recorded

Results go to bench/results, their tables to docs/performance.md.`;

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
  const section = await benchmark.section(recorded.measured);
  await writeSection(benchmark.name, section);
  console.log(section);
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
  const wanted = BENCHMARKS.filter((each) => name === undefined || each.name === name);
  if (wanted.length === 0) {
    console.error(USAGE);
    process.exitCode = name === '--help' ? 0 : 2;
    return;
  }
  for (const benchmark of wanted) await runOne(benchmark, args);
  if (name === undefined) await runTransport([]);
}

await main(process.argv.slice(2));
