import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** What a script's header says of its prelude: the name of a Lua file beside it. */
const PRELUDE = /^(?:--.*\n)*?-- Prelude: (\S+\.lua)\n/;

/**
 * The text of a Lua file after that of its preludes. A prelude holds the local functions that several scripts share. A
 * script names it in the line `-- Prelude: <file>` of its header; a prelude may name one of its own.
 * @param {string} file its path
 * @returns {string}
 * @throws the error of `readFileSync` when the file or a prelude is not there.
 */
export function withPreludes(file) {
  const source = readFileSync(file, 'utf8');
  const prelude = PRELUDE.exec(source)?.[1];
  return prelude === undefined ? source : withPreludes(join(dirname(file), prelude)) + source;
}

/**
 * The module that a wrapper imports in place of a Lua file: its default export is the text.
 * @param {string} file the path of the Lua file
 * @returns {string} JavaScript
 */
export const luaModule = (file) => `export default ${JSON.stringify(withPreludes(file))};\n`;
