import type { Result } from '../report/results.js';
import type { Benchmark } from './benchmark.js';
import { connect } from './connect.js';
import { fanOut } from './fan-out.js';
import { hooks } from './hooks.js';
import { ingest } from './ingest.js';
import { largeChannel } from './large-channel.js';
import { latency } from './latency.js';
import { limit } from './limit.js';
import { memory } from './memory.js';
import { profile } from './profile.js';
import { rooms } from './rooms.js';
import { signIn } from './sign-in.js';
import { web } from './web.js';

/** All benchmarks in the order in which they run: the latency is measured at shares of the limits. */
export const BENCHMARKS: readonly Benchmark[] = [
  limit,
  latency,
  fanOut,
  rooms,
  ingest,
  connect,
  signIn,
  hooks,
  memory,
  largeChannel,
  profile,
  web,
];

/** The document's section about a recorded run: its tables, and when and where it ran. */
export async function documented({ section, hasPeers = true }: Benchmark, result: Result): Promise<string> {
  const { machine, rounds, seconds, measuredAt, versions } = result;
  const times = `${rounds} ${rounds === 1 ? 'round' : 'rounds'}${seconds > 0 ? ` of ${seconds} s` : ''}`;
  const where = `${machine.cores} cores (${machine.cpu}), Node ${machine.node}`;
  const peers = hasPeers ? `, Socket.IO ${versions['socket.io']}` : '';
  return `${await section(result.measured)}\n\n${times}, ${measuredAt.slice(0, 10)}, ${where}${peers}.`;
}
