import { existsSync, readFileSync } from 'node:fs';

const ROOT = new URL('../../../', import.meta.url);

/** Where a file is; `path` starts at the root of the workspace. */
export const urlOf = (path: string): URL => new URL(path, ROOT);

export const textOf = (path: string): string => readFileSync(urlOf(path), 'utf8');

/**
 * Loads a built module by its path. Apps export nothing, and a library does not export what only its own document shows.
 * The caller declares the part that it reads.
 * @throws Error when the module's source is gone: a build leaves the files of earlier sources in `dist`.
 */
export async function built<T>(path: string): Promise<T> {
  const source = path.replace(/\/dist\/(.*)\.js$/, '/src/$1.ts');
  if (!existsSync(urlOf(source))) throw new Error(`there is no ${source}`);
  return (await import(urlOf(path).href)) as T;
}
