import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The workspace's root. */
export const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

const NAMED = fileURLToPath(new URL('../earlier-version.json', import.meta.url));
/** What runs of it. Each builds the libraries that it needs. */
const APPS = ['auth', 'users', 'channels', 'gateway'];
/** How long one step of the build may take, in ms. */
const STEP_MS = 600_000;

/** The version before, as the file names it. */
export interface EarlierVersion {
  readonly commit: string;
  /** Which version that is, for people. */
  readonly is: string;
}

export async function earlierVersion(): Promise<EarlierVersion> {
  return JSON.parse(await readFile(NAMED, 'utf8')) as EarlierVersion;
}

/**
 * Builds the version before from the history, into the workspace's cache, unless it is there.
 * @returns its folder.
 * @throws Error with the end of the output when a step fails.
 */
export async function built({ commit }: EarlierVersion, report: (line: string) => void): Promise<string> {
  const folder = join(ROOT, '.cache/versions', commit);
  if (existsSync(folder)) return folder;
  // Only what is whole gets its name. Another run may build the same beside this one.
  const unfinished = `${folder}.${process.pid}`;
  await mkdir(unfinished, { recursive: true });
  try {
    const archive = join(unfinished, 'archive.tar');
    await run('git', ['archive', '-o', archive, commit], ROOT);
    await run('tar', ['-xf', archive], unfinished);
    await rm(archive);
    report('installing what it needs');
    await run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], unfinished);
    report('building it');
    await run(join(unfinished, 'node_modules/.bin/tsc'), ['-b', ...APPS.map(folderOf)], unfinished);
    // Before Lua scripts were modules, there was nothing but to compile.
    const inlineLua = join(unfinished, 'tools/build/inline-lua.mjs');
    if (existsSync(inlineLua)) await run(process.execPath, [inlineLua], unfinished);
    await rename(unfinished, folder).catch((error) => {
      if (!existsSync(folder)) throw error;
    });
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
  return folder;
}

/** The module that a service of a version runs, in the version's folder. */
export const entryIn = (folder: string, service: string): string =>
  join(folder, folderOf(service), 'dist/main.js');

const folderOf = (app: string) => `apps/${app}`;

async function run(file: string, args: readonly string[], cwd: string): Promise<void> {
  const child = spawn(file, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'], timeout: STEP_MS });
  const output: string[] = [];
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => output.push(text));
  const [code] = await once(child, 'close');
  if (code === 0) return;
  const end = output.join('').trim().split('\n').slice(-20).join('\n');
  throw new Error(`${file} ${args[0]} ended with ${code}:\n${end}`);
}
