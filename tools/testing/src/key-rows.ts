import type { DocumentedRow } from './documents.js';

/** How each service's `keys.ts` describes one of its keys. */
export interface CataloguedKey {
  /** The name without the prefix, with what varies in angle brackets. */
  readonly pattern: string;
  readonly type: string;
  readonly holds: string;
  readonly lifetime: string;
  readonly growth: string;
}

/** The rows of the document's table of keys. */
export function keyRows(catalogue: readonly CataloguedKey[]): DocumentedRow[] {
  return catalogue.map(({ pattern, type, holds, lifetime, growth }) => ({
    key: `\`${pattern}\``,
    type,
    holds,
    'life time': lifetime,
    growth,
  }));
}
