import type { GeneratedTable } from './documents.js';
import { generatedPart, withGeneratedPart } from './marks.js';
import { renderTable } from './table.js';

/** Documents by their path from the root of the workspace. */
export type Texts = Map<string, string>;

/**
 * Puts each table into its document.
 * @param texts the documents; those that change are replaced in it.
 * @returns what differed, one line for each table.
 * @throws Error that names the table, where a document lacks its marks or the code something to say.
 */
export async function generate(texts: Texts, tables: readonly GeneratedTable[]): Promise<string[]> {
  const changed: string[] = [];
  for (const { file, name, rows } of tables) {
    try {
      const [text, table] = [texts.get(file)!, renderTable(await rows())];
      if (generatedPart(text, name) === table) continue;
      texts.set(file, withGeneratedPart(text, name, table));
      changed.push(`${file}: the table "${name}"`);
    } catch (error) {
      throw new Error(`${file}, the table "${name}": ${(error as Error).message}`, { cause: error });
    }
  }
  return changed;
}
