import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { eventually } from './eventually.js';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const run = promisify(execFile);
/** npm's registry may be slow. */
const NPM_TIMEOUT_MS = 240_000;
const LINE_TIMEOUT_MS = 60_000;

/** A package as `npm pack` makes it. */
export interface PackedPackage {
  /** The path of the archive. */
  readonly archive: string;
  /** The files in it. */
  readonly files: readonly string[];
}

/** Packs a project of this workspace into a folder. */
export async function pack(name: string, folder: string): Promise<PackedPackage> {
  const args = ['pack', '--json', '--workspace', name, '--pack-destination', folder];
  const { stdout } = await run('npm', args, { cwd: ROOT, timeout: NPM_TIMEOUT_MS });
  // What `prepack` prints comes first. npm 12 answers with an object by name, earlier ones with a list.
  const [packed] = Object.values(JSON.parse(stdout.slice(stdout.search(/^[[{]$/m)))) as [
    { filename: string; files: { path: string }[] },
  ];
  return { archive: join(folder, packed.filename), files: packed.files.map(({ path }) => path).sort() };
}

/** A program that runs. */
export interface Program {
  /** Resolves with the first line that matches. Rejects with all output if there is none within a minute. */
  line(pattern: RegExp): Promise<string>;
  /** Sends SIGTERM if it still runs. Resolves with the exit code, or with the signal that ended it. */
  end(): Promise<string | number>;
}

/** A TypeScript project outside of this workspace, which has what npm installs there and nothing else. */
export class EmptyProject {
  private readonly programs: Program[] = [];

  private constructor(
    private readonly base: string,
    readonly folder: string,
  ) {}

  /** Its path has two folders named `dist`. */
  static async create(type: 'module' | 'commonjs'): Promise<EmptyProject> {
    const base = await mkdtemp(join(tmpdir(), 'project-'));
    const project = new EmptyProject(base, join(base, 'dist', 'src', 'dist', 'shop'));
    const compilerOptions = {
      ...{ target: 'es2022', module: 'nodenext', rootDir: 'src', outDir: 'dist', types: ['node'] },
      ...{ strict: true, skipLibCheck: true, experimentalDecorators: true, emitDecoratorMetadata: true },
    };
    await project.write('package.json', JSON.stringify({ name: 'shop', private: true, type }));
    await project.write('tsconfig.json', JSON.stringify({ compilerOptions, include: ['src'] }));
    return project;
  }

  async write(file: string, text: string): Promise<void> {
    const path = join(this.folder, file);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }

  /** Adds packages by name and range, or by archive. */
  async install(...packages: string[]): Promise<void> {
    const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error', '--prefer-offline'];
    await run('npm', ['install', ...flags, ...packages], { cwd: this.folder, timeout: NPM_TIMEOUT_MS });
  }

  /** Compiles `src` with this workspace's compiler. @throws Error with what the compiler says. */
  async compile(): Promise<void> {
    const tsc = join(ROOT, 'node_modules/.bin/tsc');
    const failed = (error: { stdout: string }) => Promise.reject(new Error(error.stdout, { cause: error }));
    await run(tsc, ['-p', '.'], { cwd: this.folder }).catch(failed);
  }

  /** Runs a file of the project with Node. */
  start(file: string, env: Record<string, string> = {}): Program {
    const child = spawn(process.execPath, [file], {
      cwd: this.folder,
      env: { ...process.env, NODE_OPTIONS: '', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const ended = once(child, 'close').then(([code, signal]) => (signal ?? code) as string | number);
    const lines: string[] = [];
    for (const stream of [child.stdout, child.stderr])
      createInterface(stream).on('line', (line) => lines.push(line));
    const line = (pattern: RegExp) =>
      eventually(
        () => {
          const found = lines.find((each) => pattern.test(each));
          if (found !== undefined) return found;
          throw new Error(`${file} does not print ${pattern}:\n${lines.join('\n')}`);
        },
        { timeoutMs: LINE_TIMEOUT_MS },
      );
    const end = () => {
      child.kill();
      return ended;
    };
    this.programs.push({ line, end });
    return { line, end };
  }

  /** Ends its programs and deletes it. */
  async remove(): Promise<void> {
    await Promise.all(this.programs.map((program) => program.end()));
    await rm(this.base, { recursive: true, force: true });
  }
}
