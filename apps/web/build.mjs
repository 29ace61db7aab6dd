// Builds the web client into dist/client and the operator's page into dist/admin, unless nothing has changed since the last build. What the
// client consists of is compressed.
// `npm start`, `npm run build` and the image run it after `tsc -b`, which builds the libraries that the client imports.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const here = fileURLToPath(new URL('.', import.meta.url));
const root = join(here, '../..');
const built = join(here, 'dist/client');
const page = join(here, 'dist/admin');
/** Holds the hash of what the last build was made from. */
const stamp = join(here, 'dist/client.sha256');

/** What the client is made from, besides the packages that the lock file names. */
const INPUTS = [
  ...[
    ...['src', 'public', 'index.html', 'admin.html', 'vite.config.mjs', 'vite.admin.config.mjs'],
    ...['build.mjs', 'package.json'],
  ].map((name) => join(here, name)),
  ...['libs/client/dist', 'libs/protocol/dist', 'libs/react/dist', 'package-lock.json'].map((name) =>
    join(root, name),
  ),
];
/** Neither tests nor what only a compiler reads changes what is served. */
const IGNORED = /\.(spec\.tsx?|spec\.js|map|d\.ts|tsbuildinfo)$/;
/** Smaller files would not become shorter than a packet. */
const LEAST_BYTES = 1024;
const COMPRESSIBLE = /\.(js|css|html|svg|webmanifest)$/;

const hash = hashOf(INPUTS.flatMap(filesIn));
if (!existsSync(stamp) || !existsSync(built) || !existsSync(page) || readFileSync(stamp, 'utf8') !== hash) {
  bundle('vite.config.mjs');
  bundle('vite.admin.config.mjs');
  for (const file of filesIn(built)) compress(file);
  writeFileSync(stamp, hash);
}

function bundle(config) {
  const vite = join(root, 'node_modules/vite/bin/vite.js');
  const args = [vite, 'build', '--config', config, '--logLevel', 'warn'];
  const { status } = spawnSync(process.execPath, args, { cwd: here, stdio: 'inherit' });
  if (status !== 0) process.exit(status ?? 1);
}

/** Beside the file, because a gateway sends it as it is: nothing is compressed per request. */
function compress(file) {
  const bytes = readFileSync(file);
  if (bytes.length < LEAST_BYTES || !COMPRESSIBLE.test(file)) return;
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
  writeFileSync(`${file}.br`, brotliCompressSync(bytes, { params }));
  writeFileSync(`${file}.gz`, gzipSync(bytes, { level: 9 }));
}

function hashOf(files) {
  const sum = createHash('sha256');
  for (const file of files)
    sum.update(relative(root, file)).update('\0').update(readFileSync(file)).update('\0');
  return sum.digest('hex');
}

/** Every file below a folder in a stable order, or the file itself. */
function filesIn(path) {
  if (!existsSync(path)) return [];
  if (!statSync(path).isDirectory()) return [path];
  const names = readdirSync(path, { recursive: true, withFileTypes: true });
  return names
    .filter((entry) => entry.isFile() && !IGNORED.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}
