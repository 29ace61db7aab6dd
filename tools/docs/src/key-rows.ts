import { code, type Row } from './table.js';

/** How a service's `keys.ts` describes one of its keys. */
export interface CataloguedKey {
  /** The name without the prefix, with what varies in angle brackets. */
  readonly pattern: string;
  readonly type: string;
  readonly holds: string;
  readonly lifetime: string;
  readonly growth: string;
}

/** The rows of a table of keys. */
export const keyRows = (catalogue: readonly CataloguedKey[]): Row[] =>
  catalogue.map(({ pattern, type, holds, lifetime, growth }) => ({
    key: code(pattern),
    type,
    holds,
    'life time': lifetime,
    growth,
  }));
