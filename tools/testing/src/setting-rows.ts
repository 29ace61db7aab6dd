import type { z } from 'zod';
import type { DocumentedRow } from './documents.js';

/** No setting accepts it, unless it accepts any text. */
const NONSENSE = '\u0001';

/**
 * The rows of the documents' tables of settings, made from the schemas: name, default, what is accepted (in the
 * words of the error that a wrong value gets) and meaning.
 */
export function settingRows(shape: z.ZodRawShape): DocumentedRow[] {
  return Object.entries(shape).map(([name, schema]) => {
    const type = schema as z.ZodType;
    return {
      setting: `\`${name}\``,
      default: defaultOf(type),
      accepts: accepted(type),
      meaning: (type.description ?? '').replaceAll('|', ','),
    };
  });
}

function defaultOf(type: z.ZodType): string {
  const { success, data } = type.safeParse(undefined);
  if (!success) return 'required';
  return data === undefined ? '' : `\`${String(data)}\``;
}

function accepted(type: z.ZodType): string {
  const { error } = type.safeParse(NONSENSE);
  if (error === undefined) return 'any text';
  return error.issues[0]!.message.replace(/^.*?expected /, '').replaceAll('|', ', ');
}
