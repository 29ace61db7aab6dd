import { describe, expect, it } from '@jest/globals';
import { codeWords, type DocumentedRow, documentedTable } from './documents.js';

const OPERATIONS = 'docs/operations.md';
const TRANSPORT = 'libs/redis-transport/README.md';

/** The default of each setting and of each option of the transport, by its name. */
const defaults = new Map(
  [
    ...['Every service', 'auth', 'users', 'channels', 'gateway'].flatMap((name) =>
      documentedTable(OPERATIONS, name),
    ),
    ...['Server', 'Client'].flatMap((name) => documentedTable(TRANSPORT, name)),
  ].map((row) => [nameIn(row), (row['default'] ?? '').replaceAll('`', '')] as const),
);

function nameIn(row: DocumentedRow): string {
  return codeWords(row['setting'] ?? row['option'] ?? '')[0] ?? '';
}

/** Named in the table, and settings of Redis itself. */
const OF_REDIS = new Set(['maxmemory', 'client-output-buffer-limit']);

describe('the table of bounds', () => {
  const rows = documentedTable(OPERATIONS, 'Bounds');

  it.each(rows.map((row) => [row['what'], row] as const))('is right about: %s', (_, row) => {
    const setting = row['setting'] ?? '';
    const names = codeWords(setting).filter((name) => !OF_REDIS.has(name));
    for (const name of names) {
      expect([...defaults.keys()]).toContain(name);
      expect(row['bound']).toContain(Number(defaults.get(name)).toLocaleString('en'));
    }
    if (names.length === 0) expect(setting).toMatch(/^fixed$|of Redis$/);
    expect(row['what happens at it']).not.toBe('');
  });
});
