import { parseArgs } from 'node:util';
import type { Benchmark, RunOptions } from '../benchmarks/benchmark.js';
import { commandContestant } from '../contestants/command-contestant.js';
import type { Contestant } from '../contestants/contestant.js';
import { PEER_FORM, readPeer } from '../contestants/peer-option.js';
import { UsageError } from './usage-error.js';

const OPTIONS = {
  rounds: { type: 'string' },
  seconds: { type: 'string' },
  append: { type: 'boolean', default: false },
  only: { type: 'string' },
  peer: { type: 'string', multiple: true },
  scale: { type: 'string', default: '1' },
  help: { type: 'boolean', default: false },
} as const;

/** Splits `--node <path>`, an option of all benchmarks, from the others. */
export function withoutNode(all: readonly string[]): { node?: string; args: string[] } {
  const at = all.findIndex((each) => each === '--node' || each.startsWith('--node='));
  if (at < 0) return { args: [...all] };
  const inOne = all[at]!.startsWith('--node=');
  const node = inOne ? all[at]!.slice('--node='.length) : all[at + 1];
  if (!node) throw new UsageError('--node: expected a path');
  return { node, args: all.toSpliced(at, inOne ? 1 : 2) };
}

/** What a command line asks of one benchmark. */
export interface Asked {
  /** Explain it instead of running it. */
  help: boolean;
  /** Add the rounds to the recorded ones. */
  append: boolean;
  run: RunOptions;
  /** Whether the result is recorded. One of other servers than usual, or of smaller crowds, is not. */
  records: boolean;
}

/** Reads the options of a benchmark. @throws UsageError that says what is wrong. */
export function readOptions(args: string[], benchmark: Benchmark): Asked {
  const values = parsed(args);
  const { defaults } = benchmark;
  const { peer: peers = [] } = values;
  const run: RunOptions = {
    rounds: wholeNumber('--rounds', values.rounds, defaults.rounds, 1),
    seconds: wholeNumber('--seconds', values.seconds, defaults.seconds, defaults.seconds === 0 ? 0 : 1),
    scale: share('--scale', values.scale),
    others: peers.map((text) => peerOf(text, benchmark)),
    only: values.only === undefined ? undefined : known(values.only.split(','), benchmark),
  };
  const { append, help } = values;
  const usual = values.only === undefined && peers.length === 0;
  return { help, append, run, records: usual && run.scale === 1 };
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

function peerOf(text: string, { name, servers = [], takesPeers }: Benchmark): Contestant {
  if (!takesPeers) throw new UsageError(`--peer: ${name} has no place for another server`);
  const peer = readPeer(text);
  if (peer === undefined) throw new UsageError(`--peer: expected ${PEER_FORM}, not ${text}`);
  if (servers.some(({ id }) => id === peer.id))
    throw new UsageError(`--peer: ${peer.id} has its name already`);
  return commandContestant(peer);
}

function known(ids: string[], { name, servers = [] }: Benchmark): string[] {
  const all = servers.map(({ id }) => id);
  const unknown = ids.find((id) => !all.includes(id));
  if (unknown === undefined) return ids;
  throw new UsageError(
    all.length === 0 ? `--only: ${name} has no servers to choose from` : `--only: expected ${all.join(', ')}`,
  );
}
