import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** Projects, and what each runs of what it has built. */
const PROGRAMS = [
  ...['auth', 'users', 'channels', 'gateway', 'admin', 'cli'].map((app) => [`apps/${app}`, 'main.js']),
  ['libs/redis-transport', 'fixtures/replica-main.js'],
];
/** Loaded as they are, from packages: what has native code, and what looks for files beside its own. */
const OUTSIDE = /^(@node-rs\/argon2|pino|@opentelemetry\/.*)$/;
/** As well: what looks for a file above its folder, which is not as deep as the bundle's. */
const VERSION = { id: '../version.js', external: true };

/** As deep as the folders of `dist`: what a module finds by its own place, the bundle finds too. */
const folderOf = (project) => join(ROOT, project, 'dist/bundled');

/**
 * Bundles the programs of which tests start many processes: one spends nearly all of its start on loading 1,500 modules.
 * Does nothing unless what the build has written has changed.
 */
export async function bundleApps() {
  const key = keyOfBuild();
  const isOutdated = ([project]) => {
    const file = join(folderOf(project), 'key');
    return !existsSync(file) || readFileSync(file, 'utf8') !== key;
  };
  for (const program of PROGRAMS.filter(isOutdated)) await bundle(program, key);
}

/** Changes whenever the build, the installed packages or this file do. */
function keyOfBuild() {
  const hash = createHash('sha256').update(readFileSync(fileURLToPath(import.meta.url)));
  hash.update(readFileSync(join(ROOT, 'package-lock.json')));
  const projects = ['apps', 'libs'].flatMap((part) =>
    readdirSync(join(ROOT, part)).map((name) => join(ROOT, part, name, 'dist')),
  );
  for (const dist of projects.filter((folder) => existsSync(folder))) {
    const files = readdirSync(dist, { recursive: true }).filter((name) => name.endsWith('.js'));
    for (const file of files.filter((name) => !name.startsWith('bundled')).sort()) {
      const { mtimeMs, size } = statSync(join(dist, file));
      hash.update(`${dist}/${file} ${mtimeMs} ${size}\n`);
    }
  }
  return hash.digest('hex');
}

async function bundle([project, main], key) {
  const { rolldown } = await import('rolldown');
  const bundling = await rolldown({
    input: { main: join(ROOT, project, 'dist', main) },
    platform: 'node',
    logLevel: 'silent',
    external: OUTSIDE,
    plugins: [{ name: 'not-installed', resolveId: resolveOrLeave }],
  });
  const folder = folderOf(project);
  const draft = `${folder}.${process.pid}`;
  const names = { entryFileNames: '[name].js', chunkFileNames: '[name]-[hash].js' };
  // Names stay: Nest goes by those of classes.
  await bundling.write({ dir: draft, format: 'esm', ...names, minify: { mangle: false, compress: false } });
  await bundling.close();
  writeFileSync(join(draft, 'key'), key);
  rmSync(folder, { recursive: true, force: true });
  renameSync(draft, folder);
}

/** What is not installed, such as Nest's other transports, stays as it is: nothing loads it. */
async function resolveOrLeave(id, importer, options) {
  if (id === './version.js' && importer.startsWith(join(ROOT, 'apps/cli/dist'))) return VERSION;
  if (/^[./\0]|^node:/.test(id) || OUTSIDE.test(id)) return undefined;
  const found = await this.resolve(id, importer, { ...options, skipSelf: true });
  return found ?? { id, external: true };
}
