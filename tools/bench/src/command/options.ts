import { parseArgs } from 'node:util';
import type { Benchmark, RunOptions } from '../benchmarks/benchmark.js';
import { UsageError } from './usage-error.js';

const OPTIONS = {
  rounds: { type: 'string' },
  seconds: { type: 'string' },
  append: { type: 'boolean', default: false },
  only: { type: 'string' },
  scale: { type: 'string', default: '1' },
  help: { type: 'boolean', default: false },
} as const;

/** What a command line asks of one benchmark. */
export interface Asked {
  /** Explain it instead of running it. */
  help: boolean;
  /** Add the rounds to the recorded ones. */
  append: boolean;
  run: RunOptions;
  /** Whether the result is recorded. One of a part of the servers, or of smaller crowds, is not. */
  records: boolean;
}

/** Reads the options of a benchmark. @throws UsageError that says what is wrong. */
export function readOptions(args: string[], benchmark: Benchmark): Asked {
  const values = parsed(args);
  const { defaults } = benchmark;
  const run: RunOptions = {
    rounds: wholeNumber('--rounds', values.rounds, defaults.rounds, 1),
    seconds: wholeNumber('--seconds', values.seconds, defaults.seconds, defaults.seconds === 0 ? 0 : 1),
    scale: share('--scale', values.scale),
    only: values.only === undefined ? undefined : known(values.only.split(','), benchmark),
  };
  const { append, help } = values;
  return { help, append, run, records: run.only === undefined && run.scale === 1 };
}

function parsed(args: string[]) {
  try {
    return parseArgs({ args, options: OPTIONS }).values;
  } catch (error) {
    throw new UsageError((error as Error).message);
  }
}

function wholeNumber(option: string, text: string | undefined, fallback: number, least: number): number {
  if (text === undefined) return fallback;
  const value = Number(text);
  if (!Number.isInteger(value) || value < least)
    throw new UsageError(`${option}: expected a whole number of at least ${least}, not ${text}`);
  return value;
}

function share(option: string, text: string): number {
  const value = Number(text);
  if (!(value > 0 && value <= 1)) throw new UsageError(`${option}: expected a number up to 1, not ${text}`);
  return value;
}

function known(ids: string[], { name, servers = [] }: Benchmark): string[] {
  const all = servers.map(({ id }) => id);
  const unknown = ids.find((id) => !all.includes(id));
  if (unknown === undefined) return ids;
  throw new UsageError(
    all.length === 0 ? `--only: ${name} has no servers to choose from` : `--only: expected ${all.join(', ')}`,
  );
}
