import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The workspace's root, where the compose files are. */
export const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** The output of a program, and how it ended. */
export interface Ended {
  readonly code: number;
  readonly output: string;
}

/** Runs a program to its end and resolves whatever its exit code is. It is 127 when the program cannot start. */
export function runToEnd(file: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(file, args, {
      cwd: ROOT,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text;
      });
    }
    child.on('error', (error) => resolve({ code: 127, output: error.message }));
    child.on('close', (code) => resolve({ code: code ?? 1, output }));
  });
}

/**
 * Runs a program and returns its output.
 * @throws Error with the end of the output when it fails.
 */
export async function run(
  file: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
): Promise<string> {
  const { code, output } = await runToEnd(file, args, env);
  if (code === 0) return output;
  const end = output.trim().split('\n').slice(-20).join('\n');
  throw new Error(`${[file, ...args].join(' ')} ended with ${code}:\n${end}`);
}
