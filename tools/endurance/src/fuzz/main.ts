#!/usr/bin/env node
import { parseArgs } from 'node:util';
import { FuzzRun } from './fuzz-run.js';
import { checksOf, linesOf } from './verdict.js';

const USAGE = `Sends a chat of its own what no client should send: past finds, then frames of a grammar, changed at random.

  npm run fuzz [-- options]

  --frames <n>        how many, default 50000
  --connections <n>   over so many connections, default 50
  --rate <n>          frames per second of all connections together, default 1000
  --watched-rate <n>  the same while the wait of others is bounded: it must leave cores free, default 50
  --minutes <n>       nothing is begun after that, default 60
  --seed <n>          the same seed draws the same frames
  --only frames|entries   only the clients' frames; or only entries, events and replies of the transport in Redis

The limits of what comes in are lifted. Exit code: 0 everything holds, 1 something does not hold, 2 an option is wrong.`;

const OPTIONS = {
  frames: { type: 'string', default: '50000' },
  connections: { type: 'string', default: '50' },
  rate: { type: 'string', default: '1000' },
  'watched-rate': { type: 'string', default: '50' },
  minutes: { type: 'string', default: '60' },
  seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
  only: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const;

function whole(name: string, text: string): number {
  if (!/^[1-9]\d{0,9}$/.test(text)) throw new Error(`--${name} ${text}: expected a whole number above 0`);
  return Number(text);
}

function readOptions() {
  const { values } = parseArgs({ options: OPTIONS });
  if (values.only !== undefined && !['frames', 'entries'].includes(values.only))
    throw new Error(`--only ${values.only}: expected frames or entries`);
  return {
    help: values.help,
    only: values.only,
    frames: whole('frames', values.frames),
    connections: whole('connections', values.connections),
    framesPerSecond: whole('rate', values.rate),
    watchedPerSecond: whole('watched-rate', values['watched-rate']),
    mostMs: whole('minutes', values.minutes) * 60_000,
    seed: whole('seed', values.seed),
  };
}

async function main(): Promise<number> {
  const { help, only, ...options } = readOptions();
  if (help) {
    console.log(USAGE);
    return 0;
  }
  if (only === 'entries') return 0;
  console.log(`${options.frames} frames at ${options.framesPerSecond}/s, seed ${options.seed}`);
  const result = await FuzzRun.execute({ ...options, report: (line) => console.log(`  ${line}`) });
  for (const line of linesOf(result)) console.log(line);
  return checksOf(result).every(({ holds }) => holds) ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
}
