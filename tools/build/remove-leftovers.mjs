// Removes from dist what the compiler made of sources that are gone, before a package is packed from dist.
// `node tools/build/remove-leftovers.mjs <project's folder> …`
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * What `tsc` makes of `src/<name>.ts` or `.tsx`. Modules of Lua scripts are seen to by inline-lua.mjs. The bundles of tests
 * have no source of their name, are packed nowhere, and run while this does.
 */
const COMPILED = /^(?!bundled\/|.*\.lua\.js$)(.+?)\.(?:js|d\.ts)(?:\.map)?$/;

/** How the names of sources end. */
const SOURCES = ['.ts', '.tsx'];

/** @param {string} project a folder with `src` and `dist` */
export function removeLeftovers(project) {
  for (const file of readdirSync(join(project, 'dist'), { recursive: true, encoding: 'utf8' })) {
    const name = COMPILED.exec(file)?.[1];
    if (name !== undefined && !SOURCES.some((end) => existsSync(join(project, 'src', name + end))))
      rmSync(join(project, 'dist', file));
  }
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url))
  for (const project of process.argv.slice(2)) removeLeftovers(project);
