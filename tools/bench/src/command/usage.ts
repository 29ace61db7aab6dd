import type { Benchmark } from '../benchmarks/benchmark.js';
import { BENCHMARKS } from '../benchmarks/benchmarks.js';
import { baseImage } from '../node/images-node.js';

/** The exit codes, as `--help` gives them. */
const EXIT = `The exit code is 2 when an option is wrong, or the benchmark cannot run on this machine.`;

/** The option of all benchmarks. */
const NODE = `--node <path>    the Node to run all of it on; to record, it has to be ${baseImage().major}, as in the images. Without it, one
                   is taken out of ${baseImage().image} where this Node is another one`;

/** What `npm run bench -- --help` prints. */
export const USAGE = `Measures hot paths, each beside other servers, and the web client.

  npm run bench                       everything
  npm run bench -- <name> [options]   one of ${BENCHMARKS.map(({ name }) => name).join(', ')}; or transport
  npm run bench -- <name> --help      what it measures, and its options
  npm run bench -- tables             writes the recorded results into the document

  ${NODE}

Results go to tools/bench/results, their tables to docs/performance.md. ${EXIT}`;

/** What `npm run bench -- transport --help` prints. */
export const TRANSPORT_USAGE = `npm run bench -- transport: How do requests between services compare with Nest's Redis transporter?

  --rounds <n>     measurements of each, interleaved; medians count (3)
  --seconds <n>    length of each (2)
  --only <pairs>   only these numbers of replicas and clients, such as 4x1,2x2; records nothing
  --overload       instead, what is answered in time at the limit and at twice it, with and without a bound of the
                   queue's age; records nothing
  --storm          instead, how long posts take beside a storm of pages, with and without a lane of their own; records
                   nothing
  --masters        instead, what the busiest of three masters of a Cluster has to do for a request, by the number of
                   partitions; records nothing
  ${NODE}

${EXIT}`;

/** What `npm run bench -- <name> --help` prints. */
export function explain({ name, question, defaults, servers, takesPeers }: Benchmark): string {
  const lines = [
    ['--rounds <n>', `measurements of each server, interleaved; medians count (${defaults.rounds})`],
    ...(defaults.seconds > 0 ? [['--seconds <n>', `length of each (${defaults.seconds})`]] : []),
    ['--append', 'adds the rounds to the recorded ones, for machines where a run must be short'],
    ...(servers ? [['--only <ids>', `only these of ${idsOf(servers)}; records nothing`]] : []),
    ...(takesPeers
      ? [['--peer <peer>', 'another server beside them, as NAME=command (see the README); records nothing']]
      : []),
    ['--scale <share>', 'scales the crowds down for a quick try; records nothing'],
  ] as [string, string][];
  const options = lines.map(([option, text]) => `  ${option.padEnd(16)} ${text}`);
  return `npm run bench -- ${name}: ${question}\n\n${options.join('\n')}\n  ${NODE}\n\n${EXIT}`;
}

const idsOf = (servers: NonNullable<Benchmark['servers']>) => servers.map(({ id }) => id).join(',');
