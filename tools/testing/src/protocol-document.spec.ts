import { describe, expect, it } from '@jest/globals';
import { CLOSE_CODES, ERRORS, requestPayloads, serverPayloads } from '@parley/protocol';
import { z } from 'zod';
import { codeWords, documentedTable } from './documents.js';

const DOCUMENT = 'docs/protocol.md';

/** The fields of a payload as the document writes them: a `?` behind an optional one. */
function fieldsOf(schema: z.ZodType): string[] {
  const { properties = {}, required = [] } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return Object.keys(properties).map((name) => (required.includes(name) ? name : `${name}?`));
}

const documentedFields = (heading: string) =>
  Object.fromEntries(
    documentedTable(DOCUMENT, heading).map((row) => [codeWords(row['type']!)[0], codeWords(row['payload']!)]),
  );

describe(DOCUMENT, () => {
  it('lists every request with its fields', () => {
    const declared = Object.entries(requestPayloads).map(([type, schema]) => [type, fieldsOf(schema)]);
    expect(documentedFields('Requests')).toEqual(Object.fromEntries(declared));
  });

  it('lists every frame of the server with its fields', () => {
    const { sys, ...plain } = serverPayloads;
    const declared = Object.entries(plain).map(([type, schema]) => [type, fieldsOf(schema)]);
    const kinds = [...sys.options.map((option) => option.shape.type.value), 'type'];
    expect(documentedFields('Frames from the server')).toEqual({
      ...Object.fromEntries(declared),
      sys: kinds,
    });
  });

  it('lists every error with its code and whether to retry', () => {
    const rows = documentedTable(DOCUMENT, 'Errors').map((row) => [
      codeWords(row['name']!)[0],
      { code: Number(row['code']), retryable: row['retryable'] === 'yes' },
    ]);
    const declared = Object.entries(ERRORS).map(([name, { code, retryable }]) => [name, { code, retryable }]);
    expect(rows).toEqual(declared);
  });

  it('lists every close code', () => {
    const rows = documentedTable(DOCUMENT, 'Close codes').map((row) => [
      codeWords(row['name']!)[0],
      Number(row['code']),
    ]);
    expect(rows).toEqual(Object.entries(CLOSE_CODES));
  });
});
