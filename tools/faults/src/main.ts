#!/usr/bin/env node
import { readFile, writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { FAULTS } from './faults/faults.js';
import { withReport } from './report/document.js';
import { faultsOf, markdown } from './report/report.js';
import { holds, type Row } from './report/row.js';
import { SharedStage } from './stage/stages.js';

const USAGE = `Breaks a running chat in steady traffic and accounts for every message.

  npm run faults [-- options]

  --only <name>   only this fault; may be repeated: ${FAULTS.map(({ name }) => name).join(', ')}
  --short         runs each fault once or twice
  --json          prints one JSON object instead of the table
  --write         writes the report into docs/faults.md; with --only, the rows of these faults

Exit code: 0 everything holds, 1 something does not hold, 2 an option is wrong.`;

const OPTIONS = {
  only: { type: 'string', multiple: true },
  short: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  write: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

const DOCUMENT = fileURLToPath(new URL('../../../docs/faults.md', import.meta.url));

function readOptions() {
  const { values } = parseArgs({ options: OPTIONS });
  const only = values.only ?? FAULTS.map(({ name }) => name);
  const unknown = only.filter((name) => !FAULTS.some((fault) => fault.name === name));
  if (unknown.length > 0) throw new Error(`--only ${unknown.join()}: no such fault`);
  return { ...values, faults: FAULTS.filter(({ name }) => only.includes(name)) };
}

async function write(report: string, short: boolean, isWhole: boolean): Promise<void> {
  const form = short ? 'The short form' : 'The full form';
  const machine = `${cpus().length} cores (${cpus()[0]?.model.trim()}), Node ${process.versions.node}`;
  const recorded = `${new Date().toISOString().slice(0, 10)}, ${machine}`;
  const document = await readFile(DOCUMENT, 'utf8');
  await writeFile(DOCUMENT, withReport(document, report, { form, recorded, isWhole }));
}

async function main(): Promise<number> {
  const { faults, short, json, write: toDocument, help } = readOptions();
  if (help) {
    console.log(USAGE);
    return 0;
  }
  const rows: Row[] = [];
  const say = json ? () => undefined : (line: string) => console.log(line);
  const shared = new SharedStage(short);
  let broken = false;
  for (const fault of faults) {
    say(fault.name);
    try {
      rows.push(...(await fault.run({ short, report: (line) => say(`  ${line}`), stage: shared.get })));
    } catch (error) {
      broken = true;
      console.error(error);
    }
  }
  await shared.remove();
  if (json) console.log(JSON.stringify({ short, rows: rows.map((row) => ({ ...row, holds: holds(row) })) }));
  else console.log(`\n${markdown(rows)}`);
  for (const line of rows.flatMap(faultsOf)) console.error(line);
  if (toDocument) await write(markdown(rows), short, faults.length === FAULTS.length);
  return !broken && rows.every(holds) ? 0 : 1;
}

try {
  process.exitCode = await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 2;
}
