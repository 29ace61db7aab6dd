import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const MODULES = fileURLToPath(new URL('../../../node_modules', import.meta.url));
const OPTIONS = '--strict --module nodenext --target es2023 --types node --skipLibCheck --outDir .'.split(
  ' ',
);

/** The blocks of TypeScript that begin with a comment with the name of their file. */
const BLOCK = /^```ts\n\/\/ (\S+\.ts)\n(.*?)^```$/gms;

/** An example that runs. */
export interface RunningExample {
  /** What it has printed so far. */
  readonly lines: readonly string[];
  /** Resolves with its exit code, or with nothing if a signal ended it. */
  readonly ended: Promise<number | null>;
}

/** The programs that a document shows, in a folder of their own, where they see this workspace's packages. */
export class Examples {
  private readonly running: ChildProcess[] = [];

  private constructor(
    readonly folder: string,
    /** Their names, in the order of the document. */
    readonly files: readonly string[],
  ) {}

  /**
   * Compiles what a document shows.
   * @param replaced what stands in place of texts of the examples, such as the address of the server.
   * @throws Error with what the compiler says.
   */
  static async of(document: URL, replaced: Readonly<Record<string, string>> = {}): Promise<Examples> {
    const shown = [...(await readFile(document, 'utf8')).matchAll(BLOCK)];
    const folder = await mkdtemp(join(tmpdir(), 'parley-examples-'));
    const examples = new Examples(
      folder,
      shown.map(([, file]) => file!),
    );
    await symlink(MODULES, join(folder, 'node_modules'));
    await writeFile(join(folder, 'package.json'), '{"type":"module"}');
    for (const [, file, code] of shown) {
      const own = Object.entries(replaced).reduce((text, [from, to]) => text.replaceAll(from, to), code!);
      await writeFile(join(folder, file!), own);
    }
    await examples.compile();
    return examples;
  }

  /** Runs one. Its errors are printed. */
  run(file: string, env: Readonly<Record<string, string>> = {}): RunningExample {
    const child = spawn(process.execPath, [file.replace(/ts$/, 'js')], {
      cwd: this.folder,
      env: { ...process.env, NODE_OPTIONS: '', ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.running.push(child);
    const lines: string[] = [];
    createInterface({ input: child.stdout! }).on('line', (line) => lines.push(line));
    return { lines, ended: new Promise((resolve) => child.on('close', resolve)) };
  }

  /** Ends those that run, and deletes all. */
  async remove(): Promise<void> {
    for (const child of this.running) child.kill('SIGKILL');
    await rm(this.folder, { recursive: true, force: true });
  }

  private async compile(): Promise<void> {
    const compiler = join(MODULES, 'typescript/bin/tsc');
    const failed = (error: { stdout: string }) => Promise.reject(new Error(error.stdout, { cause: error }));
    const args = [compiler, ...OPTIONS, ...this.files];
    await promisify(execFile)(process.execPath, args, { cwd: this.folder }).catch(failed);
  }
}
