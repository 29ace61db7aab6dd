import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inlineLua } from '../tools/build/inline-lua.mjs';
import { oneAtATime } from './one-at-a-time.mjs';

/** The workspace's root. */
export const root = join(dirname(fileURLToPath(import.meta.url)), '..');

/**
 * What is built, by TypeScript itself: Nx would copy every project's output from its cache again, also an unchanged one, and
 * a process that starts in that moment would find its modules missing.
 */
const ALL = ['.', 'tools/bench/peers'];

/** What `npm start` runs. Types are left to the builds of all: they take three quarters of the time, and somebody waits for a first start. */
const STARTED = [
  '--noCheck',
  'tools/local-stack',
  ...['auth', 'users', 'channels', 'gateway', 'web'].map((app) => `apps/${app}`),
];

/** Taken while dependencies are installed or built: several commands may run in one folder. */
const LOCK = join(root, '.cache/set-up.lock');

/** How long a program may take to end after a signal. */
const patienceMs = 3_000;

/** Reports progress to the user. */
export const progress = (line) => console.log(line);

/**
 * Runs a program to its end and returns its exit code, or 1 when a signal killed it. Its output is shown as it comes
 * or, with `quiet`, only if it fails. A signal that ends this process ends the program first.
 */
export async function run(file, args, { quiet = false, env = {} } = {}) {
  const stdio = quiet ? ['ignore', 'pipe', 'pipe'] : 'inherit';
  const child = spawn(file, args, { cwd: root, stdio, env: { ...process.env, ...env } });
  const output = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => output.push(chunk));
  let interrupted;
  const forward = (signal) => {
    interrupted ??= signal;
    child.kill(signal);
    // npm may take half a minute to undo an installation that the next start repeats anyway.
    setTimeout(() => child.kill('SIGKILL'), patienceMs).unref();
  };
  const signals = ['SIGTERM', 'SIGINT', 'SIGHUP'];
  for (const signal of signals) process.on(signal, forward);
  const code = await new Promise((resolve) => {
    child.on('error', (error) => {
      output.push(`${error.message}\n`);
      resolve(127);
    });
    child.on('close', (ending) => resolve(ending ?? 1));
  });
  for (const name of signals) process.off(name, forward);
  if (interrupted) process.exit(128 + constants.signals[interrupted]);
  if (code !== 0) for (const chunk of output) process.stderr.write(chunk);
  return code;
}

/** Installs what package-lock.json lists, unless exactly that is installed. Exits if it cannot. */
export function install() {
  return alone(installMissing);
}

async function installMissing() {
  if (isInstalled()) return;
  progress('installing dependencies');
  const began = Date.now();
  const args = ['ci', '--no-audit', '--no-fund', '--loglevel=error'];
  // npm shows nothing while it works. Without a line every ten seconds it would seem to hang.
  const ticker = setInterval(() => progress(`  still installing (${seconds(began)})`), 10_000);
  const code = await run('npm', args, { quiet: true });
  clearInterval(ticker);
  if (code !== 0) fail('Dependencies could not be installed.');
  progress(`  installed in ${seconds(began)}`);
}

/**
 * npm keeps a copy of the lock file in node_modules, without the root package and the optional packages that it left
 * out.
 */
function isInstalled() {
  const copy = join(root, 'node_modules/.package-lock.json');
  if (!existsSync(copy)) return false;
  const installed = JSON.parse(readFileSync(copy, 'utf8')).packages;
  const wanted = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')).packages;
  return Object.entries(wanted).every(([path, { version, integrity, link, optional, peer }]) => {
    if (!path.includes('node_modules/') || optional || peer) return true;
    const there = installed[path];
    return there && (link ? there.link : there.version === version && there.integrity === integrity);
  });
}

/** Builds what changed since the last build; writes nothing when nothing has. Exits if the build fails. */
export const build = () => alone(() => buildChanged(ALL));

/** As {@link build}, but only what `npm start` runs, without a look at types. A later {@link build} checks them, and writes none of it again. */
export const buildStarted = () => alone(() => buildChanged(STARTED));

/** @param what projects for `tsc -b`, after its options. */
async function buildChanged(what) {
  progress('building');
  const began = Date.now();
  inlineLua();
  const ticker = setInterval(() => progress(`  still building (${seconds(began)})`), 10_000);
  const code = await run(join(root, 'node_modules/.bin/tsc'), ['-b', ...what], { quiet: true });
  // After the libraries that it is made of. It notes itself what it was built from.
  const webCode =
    code === 0 ? await run(process.execPath, [join(root, 'apps/web/build.mjs')], { quiet: true }) : code;
  clearInterval(ticker);
  if (webCode !== 0) fail('The build failed.');
  progress(`  built in ${seconds(began)}`);
}

const alone = (work) =>
  oneAtATime(LOCK, work, () =>
    progress('waiting for another command that installs or builds in this folder'),
  );

function fail(line) {
  console.error(line);
  process.exit(1);
}

/** How long ago a moment of `Date.now()` was, for display. */
export const seconds = (since) => `${((Date.now() - since) / 1000).toFixed(1)} s`;
