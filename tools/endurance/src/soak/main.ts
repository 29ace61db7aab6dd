#!/usr/bin/env node
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { tableOf, writeDocument } from './document.js';
import { SoakRun } from './soak-run.js';
import { comparisonsOf } from './verdict.js';

const USAGE = `Runs a chat of its own under coming and going clients and kills, and compares what it holds with what it held.

  npm run soak -- --hours <n> [options]

  --hours <n>   how long; fractions are allowed, the least is 0.05
  --into <dir>  where soak.md, soak.svg and the samples go; without it, the first two go to docs/

Exit code: 0 everything is as it was when warm, 1 something has grown, 2 an option is wrong.`;

const OPTIONS = {
  hours: { type: 'string' },
  into: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const;

const DOCS = fileURLToPath(new URL('../../../../docs/', import.meta.url));
/** In less time nothing gets warm. */
const LEAST_HOURS = 0.05;

function readHours(text: string | undefined): number {
  const hours = Number(text);
  if (text === undefined || !(hours >= LEAST_HOURS && hours <= 1_000))
    throw new Error(`--hours ${text ?? ''}: expected a number from ${LEAST_HOURS} to 1000`);
  return hours;
}

async function main(): Promise<number> {
  const { values } = parseArgs({ options: OPTIONS });
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const hours = readHours(values.hours);
  const result = await SoakRun.execute({ hours, report: (line) => console.log(line) });
  console.log(tableOf(result));
  for (const line of result.grownKeys) console.log(`more keys: ${line}`);
  await writeDocument(values.into ?? DOCS, result);
  if (values.into !== undefined) await writeFile(join(values.into, 'samples.json'), JSON.stringify(result));
  return comparisonsOf(result).every(({ holds }) => holds) ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
}
