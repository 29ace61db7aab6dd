// Packages of others that tests load again for each file, bundled: Jest gives every test file modules of its own, and takes a
// millisecond and more for each. Nest, RxJS and zod alone are 800.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const FOLDER = join(ROOT, 'node_modules/.cache/bundled-for-tests');

/**
 * What is bundled. Packages that import one of these get the bundle too, so each exists once in a test. What a package reads from
 * files beside its own, or what CommonJS modules outside require, cannot be here.
 */
const BUNDLED = [
  '@nestjs/common',
  '@nestjs/core',
  '@nestjs/microservices',
  '@nestjs/platform-fastify',
  '@nestjs/websockets',
  'ioredis',
  'rxjs',
  'zod',
];
/** Those whose modules are CommonJS for Node: what they export shows only when they are loaded. */
const COMMON_JS = ['ioredis', 'rxjs'];
/** Loaded as they are. */
const OUTSIDE = ['fastify', 'reflect-metadata'];

const fileOf = (name) => `${name.replace('@', '').replace('/', '-')}.mjs`;

/**
 * Bundles the packages, unless that was done with the same versions.
 * @returns {Promise<Record<string, string>>} for Jest's moduleNameMapper: the bundle of each package.
 */
export async function bundlePackages() {
  const key = createHash('sha256')
    .update(readFileSync(join(ROOT, 'package-lock.json')))
    .update(readFileSync(fileURLToPath(import.meta.url)))
    .digest('hex');
  const keyFile = join(FOLDER, 'key');
  if (!existsSync(keyFile) || readFileSync(keyFile, 'utf8') !== key) await replaceFolder(key);
  return Object.fromEntries(BUNDLED.map((name) => [`^${name}$`, join(FOLDER, fileOf(name))]));
}

/** Another run that starts meanwhile finds the old folder or the new one, whole. */
async function replaceFolder(key) {
  const draft = `${FOLDER}.${process.pid}`;
  mkdirSync(draft, { recursive: true });
  await write(draft);
  writeFileSync(join(draft, 'key'), key);
  rmSync(FOLDER, { recursive: true, force: true });
  renameSync(draft, FOLDER);
}

async function write(folder) {
  const { rolldown } = await import('rolldown');
  const entries = await Promise.all(BUNDLED.map(async (name) => [entryOf(name), await codeOf(name)]));
  const code = new Map(entries);
  const bundle = await rolldown({
    input: Object.fromEntries(BUNDLED.map((name) => [fileOf(name).slice(0, -'.mjs'.length), entryOf(name)])),
    platform: 'node',
    logLevel: 'warn',
    plugins: [
      {
        name: 'entries',
        resolveId: (id) => (code.has(id) ? id : undefined),
        load: (id) => code.get(id),
      },
      {
        name: 'outside',
        async resolveId(id, importer, options) {
          if (/^[./\0]/.test(id) || code.has(id)) return undefined;
          if (OUTSIDE.includes(id)) return { id, external: true };
          // What Nest would load if it were installed.
          const found = await this.resolve(id, importer, { ...options, skipSelf: true });
          return found ?? { id, external: true };
        },
      },
    ],
  });
  await bundle.write({
    dir: folder,
    format: 'esm',
    entryFileNames: '[name].mjs',
    chunkFileNames: '[name]-[hash].mjs',
    // Less to read for each file. Names stay: Nest goes by those of classes.
    minify: { mangle: false, compress: false },
  });
  await bundle.close();
}

const entryOf = (name) => join(ROOT, `bundled/${name}.mjs`);

async function codeOf(name) {
  if (!COMMON_JS.includes(name)) return `export * from '${name}';`;
  const names = Object.keys(await import(name)).filter(
    (each) => !['default', 'module.exports'].includes(each),
  );
  return `const all = require('${name}'); export default all; export const { ${names.join(', ')} } = all;`;
}
