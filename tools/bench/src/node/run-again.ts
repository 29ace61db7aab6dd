import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** Runs this program again on another Node, with these arguments, and ends as it does. */
export async function runAgain(node: string, args: readonly string[]): Promise<void> {
  const child = spawn(node, [...process.execArgv, process.argv[1]!, ...args], { stdio: 'inherit' });
  // Ctrl-C reaches the child, too, which is in the terminal's process group.
  process.on('SIGINT', () => {});
  process.on('SIGTERM', () => child.kill());
  const [code] = (await once(child, 'exit')) as [number | null];
  process.exitCode = code ?? 1;
}
