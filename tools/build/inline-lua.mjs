// Writes src/<name>.lua of each project as the module dist/<name>.lua.js. A package then needs no file at run time, and a
// bundler can take it along. `node tools/build/inline-lua.mjs [project's folder …]`; by default all of apps/ and libs/.
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { luaModule } from './lua.mjs';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/**
 * Writes the modules that are missing or outdated, and removes those whose script is gone.
 * @param {string[]} projects folders of projects, each with `src` and `dist`
 */
export function inlineLua(projects = allProjects()) {
  for (const project of projects) {
    const source = join(project, 'src');
    const target = join(project, 'dist');
    const scripts = filesIn(source).filter((file) => file.endsWith('.lua'));
    for (const script of scripts) write(join(target, `${script}.js`), luaModule(join(source, script)));
    const modules = filesIn(target).filter((file) => file.endsWith('.lua.js'));
    for (const module of modules) if (!scripts.includes(module.slice(0, -3))) rmSync(join(target, module));
  }
}

const allProjects = () =>
  ['apps', 'libs'].flatMap((parent) =>
    readdirSync(join(ROOT, parent)).map((project) => join(ROOT, parent, project)),
  );

const filesIn = (folder) =>
  existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: 'utf8' }) : [];

/** A process that starts meanwhile finds the old module or the new one, whole. */
function write(file, text) {
  if (existsSync(file) && readFileSync(file, 'utf8') === text) return;
  mkdirSync(dirname(file), { recursive: true });
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, text);
  renameSync(draft, file);
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const folders = process.argv.slice(2);
  inlineLua(folders.length > 0 ? folders : undefined);
}
