#!/usr/bin/env node
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { TABLES } from './documents.js';
import { generate } from './generate.js';
import { textOf, urlOf } from './workspace.js';

const USAGE = `Writes the documents' tables of settings, keys, metrics, frames and bounds from the code.

  npm run docs [-- --check]

  --check   writes nothing: says which tables differ from the code

Exit code: 0 everything is written, or nothing differs; 1 a table differs or cannot be made; 2 an option is wrong.`;

const OPTIONS = {
  check: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

function readOptions() {
  try {
    return parseArgs({ options: OPTIONS }).values;
  } catch (error) {
    console.error((error as Error).message);
    return process.exit(2);
  }
}

async function main({ check, help }: ReturnType<typeof readOptions>): Promise<number> {
  if (help) {
    console.log(USAGE);
    return 0;
  }
  const texts = new Map(TABLES.map(({ file }) => [file, textOf(file)]));
  const changed = await generate(texts, TABLES);
  if (!check) for (const [file, text] of texts) writeFileSync(urlOf(file), text);
  for (const line of changed) console.log(`${line} ${check ? 'differs from the code' : 'is written'}`);
  if (changed.length === 0) console.log(`all ${TABLES.length} tables are as the code has them`);
  if (check && changed.length > 0) console.error('npm run docs writes them');
  return check && changed.length > 0 ? 1 : 0;
}

try {
  process.exitCode = await main(readOptions());
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
