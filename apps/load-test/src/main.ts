#!/usr/bin/env node
import { writeFile } from 'node:fs/promises';
import { htmlReport } from './html-report.js';
import { merge, readReports } from './merge.js';
import { type Outputs, readCommand } from './options.js';
import { ProgressLine } from './progress.js';
import type { Report } from './report.js';
import { runTest } from './run-test.js';
import { table } from './table.js';
import { brokenBy, type Thresholds } from './thresholds.js';
import { USAGE } from './usage.js';

async function write(report: Report, { json, html }: Outputs): Promise<void> {
  console.log(`\n${table(report)}`);
  if (json !== undefined) await writeFile(json, JSON.stringify(report));
  if (html !== undefined) await writeFile(html, htmlReport(report));
}

/** The exit code. A search for the limit fails when not even its first rate holds. */
function judge({ runs, limit }: Report, thresholds: Thresholds): number {
  if (limit !== undefined) return limit > 0 ? 0 : 1;
  const broken = runs.flatMap((run) => brokenBy(run, thresholds));
  for (const line of broken) console.error(`✗ ${line}`);
  return broken.length === 0 ? 0 : 1;
}

/** Aborted by the first signal, which ends the load early. A second one ends this process. */
function endedBySignal(): AbortSignal {
  const ending = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => ending.abort());
  return ending.signal;
}

async function main(): Promise<number> {
  const command = readCommand(process.argv.slice(2), process.env['DATA_DIR'] || undefined);
  if (command.name === 'help') {
    console.log(USAGE);
    return 0;
  }
  const report =
    command.name === 'merge'
      ? merge(await readReports(command.files))
      : await runTest(command, new ProgressLine(process.stderr), endedBySignal());
  await write(report, command);
  return judge(report, command.thresholds);
}

try {
  process.exitCode = await main();
} catch (error) {
  // When a name has several addresses, the error has no message of its own but one per address.
  const [first] = error instanceof AggregateError ? error.errors : [error];
  console.error(first instanceof Error ? first.message : first);
  process.exitCode = 2;
}
