import { readdir, readFile } from 'node:fs/promises';
import type { Mutant } from './mutations.js';

/** The frames that once broke something, or would have: one file for each kind. */
export const CORPUS = new URL('../../corpus/', import.meta.url);

/** One entry of a file of the corpus: its bytes as text or in hex, which come `times` times between `before` and `after`. */
interface Entry {
  readonly as?: Mutant['as'];
  readonly text?: string;
  readonly hex?: string;
  readonly before?: string;
  readonly times?: number;
  readonly after?: string;
}

function bytesOf({ text, hex, before = '', times = 1, after = '' }: Entry): Buffer {
  const middle = text === undefined ? Buffer.from(hex ?? '', 'hex') : Buffer.from(text);
  const many = Array.from({ length: times }, () => middle);
  return Buffer.concat([Buffer.from(before), ...many, Buffer.from(after)]);
}

/** Reads all past finds, in the order of their files. */
export async function readCorpus(): Promise<Mutant[]> {
  const mutants: Mutant[] = [];
  for (const name of (await readdir(CORPUS)).toSorted()) {
    if (!name.endsWith('.json')) continue;
    const { entries } = JSON.parse(await readFile(new URL(name, CORPUS), 'utf8')) as { entries: Entry[] };
    for (const entry of entries) mutants.push({ as: entry.as ?? 'text', bytes: bytesOf(entry) });
  }
  return mutants;
}
