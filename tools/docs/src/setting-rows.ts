import type { z } from 'zod';
import { code, type Row } from './table.js';

/** No setting accepts it, unless it accepts any text. */
const NONSENSE = '\u0001';

/**
 * The rows of a table of settings: name, default, what is accepted (in the words of the error that a wrong value
 * gets) and meaning.
 */
export function settingRows(shape: z.ZodRawShape): Row[] {
  return Object.entries(shape).map(([name, schema]) => {
    const type = schema as z.ZodType;
    return {
      setting: code(name),
      default: defaultCell(type),
      accepts: accepted(type),
      meaning: meaningOf(name, type),
    };
  });
}

/** The settings of `shape` that `common` does not have. */
export const ownSettings = (shape: z.ZodRawShape, common: z.ZodRawShape): z.ZodRawShape =>
  Object.fromEntries(Object.entries(shape).filter(([name]) => !(name in common)));

/** The default of a setting as text: undefined where it is required, empty where it may be absent. */
export function defaultOf(type: z.ZodType): string | undefined {
  const { success, data } = type.safeParse(undefined);
  if (!success) return undefined;
  return data === undefined ? '' : String(data);
}

function defaultCell(type: z.ZodType): string {
  const value = defaultOf(type);
  if (value === undefined) return 'required';
  return value === '' ? '' : code(value);
}

function meaningOf(name: string, { description }: z.ZodType): string {
  if (!description) throw new Error(`${name} has no description`);
  return description;
}

function accepted(type: z.ZodType): string {
  const { error } = type.safeParse(NONSENSE);
  if (error === undefined) return 'any text';
  return error.issues[0]!.message.replace(/^.*?expected /, '').replaceAll('|', ', ');
}
