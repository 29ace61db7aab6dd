import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { onPath, runCommand } from './run-command.js';

/**
 * Debian's mirrors are usually fast. A slow line still fetches the packages (about 5 MB, plus about 10 MB of indexes)
 * in this time.
 */
const fetchTimeoutMs = 150_000;

/** A Redis server in a folder of its own. */
export interface UnpackedRedis {
  file: string;
  /** For LD_LIBRARY_PATH: the folders of the libraries that this machine lacks. */
  libraryPath: string;
}

/**
 * Unpacks redis-server, and those of its libraries that this machine lacks, into `cacheFolder`. They come from the
 * packages of the Debian (or Debian-like) system that this runs on. Needs no root rights: apt works in state folders
 * of its own and installs nothing. Reuses what an earlier call left there. Throws when there is no apt or a package
 * cannot be fetched.
 */
export async function unpackDebianRedis(
  cacheFolder: string,
  progress: (line: string) => void,
): Promise<UnpackedRedis> {
  const root = join(cacheFolder, 'root');
  const kept = await unpackedIn(root).catch(() => undefined);
  if (kept) return kept;
  if (!onPath('apt-get') || !onPath('dpkg-deb')) throw new Error("no apt-get here to fetch Debian's package");
  progress("fetching redis-server from Debian's packages (once, about 15 MB)");
  await rm(root, { recursive: true, force: true }); // left by another system, or by this one before an upgrade
  await fill(cacheFolder, root);
  return unpackedIn(root);
}

/** Rejects when there is no server in `root`, or one that does not run here. */
async function unpackedIn(root: string): Promise<UnpackedRedis> {
  const unpacked = { file: serverIn(root), libraryPath: await libraryFolders(root) };
  const env = { LD_LIBRARY_PATH: unpacked.libraryPath };
  await runCommand(unpacked.file, ['--version'], { env, timeoutMs: 10_000 });
  return unpacked;
}

function serverIn(root: string): string {
  return join(root, 'usr/bin/redis-server');
}

/** Works beside `root` and renames at the end, so concurrent or interrupted calls never leave half a server. */
async function fill(cacheFolder: string, root: string): Promise<void> {
  await mkdir(cacheFolder, { recursive: true });
  const work = await mkdtemp(join(cacheFolder, 'fetch-'));
  try {
    await fetchPackages(work);
    for (const file of await readdir(join(work, 'packages'))) {
      const archive = join(work, 'packages', file);
      await runCommand('dpkg-deb', ['-x', archive, join(work, 'root')], { timeoutMs: fetchTimeoutMs });
    }
    await rename(join(work, 'root'), root).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error; // another call was faster
    });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function fetchPackages(work: string): Promise<void> {
  const apt = await ownApt(work);
  const cwd = join(work, 'packages');
  await apt(['update'], cwd);
  const plan = await apt(['install', '--simulate', '--no-install-recommends', 'redis-server'], cwd);
  // "Inst name [installed version] (version …": the server, and what it needs that this machine lacks.
  const wanted = [...plan.matchAll(/^Inst (\S+) (?:\[[^\]]*\] )?\((\S+)/gm)].map((m) => `${m[1]}=${m[2]}`);
  await apt(['download', ...(wanted.length > 0 ? wanted : ['redis-server', 'redis-tools'])], cwd);
}

/**
 * apt-get with its indexes and caches in `work`. Only the lists of installed packages and of sources are the
 * system's.
 */
async function ownApt(work: string): Promise<(args: string[], cwd: string) => Promise<string>> {
  for (const folder of ['packages', 'root', 'state/lists/partial', 'cache/archives/partial']) {
    await mkdir(join(work, folder), { recursive: true });
  }
  const configuration = join(work, 'apt.conf');
  const lines = [
    `Dir::State "${join(work, 'state')}";`,
    'Dir::State::status "/var/lib/dpkg/status";',
    `Dir::Cache "${join(work, 'cache')}";`,
    'APT::Sandbox::User "root";', // as root, apt would fetch as the user _apt, who may not write here
    'Acquire::Languages "none";',
    'Acquire::Retries "2";',
    'Acquire::http::Timeout "20";',
    'Acquire::https::Timeout "20";',
  ];
  await writeFile(configuration, `${lines.join('\n')}\n`);
  return (args, cwd) =>
    runCommand('apt-get', ['-q', '-y', '-c', configuration, ...args], { cwd, timeoutMs: fetchTimeoutMs });
}

async function libraryFolders(root: string): Promise<string> {
  const libraries = join(root, 'usr/lib');
  const entries = existsSync(libraries) ? await readdir(libraries, { withFileTypes: true }) : [];
  const multiarch = entries.filter((e) => e.isDirectory() && e.name.includes('-linux-')).map((e) => e.name);
  return multiarch.flatMap((name) => [join(libraries, name), join(root, 'lib', name)]).join(':');
}
