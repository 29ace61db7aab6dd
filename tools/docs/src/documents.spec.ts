import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import { boundRows } from './bound-rows.js';
import { codeWords } from './documented-table.js';
import { TABLES } from './documents.js';
import { generatedPart, namesIn } from './marks.js';
import { renderTable } from './table.js';
import { transportOptions } from './transport-rows.js';
import { textOf, urlOf } from './workspace.js';

const markdownIn = (folder: string): string[] =>
  readdirSync(fileURLToPath(urlOf(folder)), { withFileTypes: true }).flatMap((entry) => {
    if (entry.isDirectory()) {
      const isOurs = entry.name !== 'node_modules' && !entry.name.startsWith('.');
      return isOurs ? markdownIn(`${folder}${entry.name}/`) : [];
    }
    return entry.name.endsWith('.md') ? [`${folder}${entry.name}`] : [];
  });

const documents = markdownIn('').map((file) => [file, textOf(file)] as const);

/** The first column of each table that stands between no marks. */
const typedTables = (text: string): string[] =>
  [
    ...text
      .replaceAll(/<!-- generated: [\s\S]*?<!-- \/generated -->/g, '')
      .matchAll(/^\| *(.*?) *\|.*\n\| *:?-/gm),
  ].map(([, column]) => column!);

describe('the documents', () => {
  it.each(TABLES)(
    '$file shows the table "$name" of the code; if not, "npm run docs" mends it',
    async (table) => {
      const shown = generatedPart(textOf(table.file), table.name);
      expect(shown).toBe(renderTable(await table.rows()));
    },
  );

  it('have marks for generated tables alone', () => {
    const marked = documents.flatMap(([file, text]) => namesIn(text).map((name) => `${file}: ${name}`));
    expect(marked.sort()).toEqual(TABLES.map(({ file, name }) => `${file}: ${name}`).sort());
  });

  it.each(documents)('%s has no table of settings, keys or metrics that is typed by hand', (_, text) => {
    for (const column of ['setting', 'option', 'variable', 'key', 'metric', 'channel']) {
      expect(typedTables(text)).not.toContain(column);
    }
  });

  it('say of each bound how much it is, who sets it and what happens at it', async () => {
    for (const row of await boundRows()) expect(Object.values(row)).not.toContain('');
  });

  it('name every bound of the transport on what waits or is kept', async () => {
    const { SERVER_BOUNDS, CLIENT_BOUNDS } = await transportOptions();
    const options = Object.keys({ ...SERVER_BOUNDS, ...CLIENT_BOUNDS });
    const named = (await boundRows()).flatMap(({ setting }) => codeWords(setting!));
    const unnamed = options.filter((option) => /^(max|batch)/.test(option) && !named.includes(option));
    // The services set both, one of them by REQUEST_QUEUE_LENGTH.
    expect(unnamed.toSorted()).toEqual(['maxQueue', 'maxStoredReplyBytes']);
  });
});
