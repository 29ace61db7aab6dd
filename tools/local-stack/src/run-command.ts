import { execFile } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The full path of a program on PATH that the user may run, or undefined when there is none. */
export function onPath(program: string): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  return folders.map((folder) => join(folder, program)).find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

/**
 * Runs a command to its end and returns its stdout. Rejects when it cannot be started, exits with a status other than
 * 0 or takes longer than `timeoutMs`. The message holds the last line of its stderr.
 */
export function runCommand(
  file: string,
  args: string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv; timeoutMs: number },
): Promise<string> {
  return new Promise((resolve, reject) => {
    // LC_ALL=C: the output parsed here must not depend on the user's language.
    const env = { ...process.env, ...options.env, LC_ALL: 'C', DEBIAN_FRONTEND: 'noninteractive' };
    const settings = { cwd: options.cwd, timeout: options.timeoutMs, env, maxBuffer: 16 * 1024 * 1024 };
    const child = execFile(file, args, settings, (error, stdout, stderr) => {
      process.off('exit', end);
      if (!error) return resolve(stdout);
      const reason = stderr.trim().split('\n').at(-1) || error.message;
      reject(new Error(`${file} ${args[0] ?? ''}: ${reason}`, { cause: error }));
    });
    const end = () => child.kill();
    process.once('exit', end); // it must not outlive this process
  });
}
