// Makes `bundle` of what a project runs, before it is packed: its own files and those of its siblings, which no registry has. Packages of
// others stay outside: npm installs those that package.json declares. `node tools/build/bundle-siblings.mjs <project's folder>`
import { readFileSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';

/** @param {string} project a folder with `dist/main.js` */
export async function bundle(project) {
  const { dependencies = {} } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'));
  const declared = Object.keys(dependencies);
  const dir = join(project, 'bundle');
  rmSync(dir, { recursive: true, force: true });
  const build = await rolldown({
    input: join(project, 'dist/main.js'),
    platform: 'node',
    external: (id) => declared.some((name) => id === name || id.startsWith(`${name}/`)),
    // What is neither declared nor a sibling would be missing where the package is installed.
    onLog(level, log, otherwise) {
      if (level === 'warn') throw new Error(log.message);
      otherwise(level, log);
    },
  });
  await build.write({ dir, format: 'esm' });
  await build.close();
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url))
  for (const project of process.argv.slice(2)) await bundle(resolve(project));
