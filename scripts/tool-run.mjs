import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { root } from './workspace.mjs';

/** How long a tool may run before it counts as hanging, in ms. */
const RUN_MS = 1_200_000;
/** The exit code of a tool that cannot run on this machine; it says why. */
const NOT_HERE = 2;

/** Runs a tool that counts its checks, and shows its output. @returns how many passed and failed. */
export async function runTool(name) {
  const main = join(root, 'tools', name, 'dist/main.js');
  const { code, output } = await ended(
    spawn(process.execPath, [main], { cwd: root, stdio: ['ignore', 'pipe', 'inherit'], timeout: RUN_MS }),
    (chunk) => process.stdout.write(chunk),
  );
  const counts = /^(\d+) checks passed, (\d+) failed/m.exec(output);
  if (counts) return { passed: Number(counts[1]), failed: Number(counts[2]) };
  // Without a count, it was cut off or crashed.
  return { passed: 0, failed: code === NOT_HERE ? 0 : 1 };
}

/** The exit code of a program and what it printed. The code is 127 when it cannot start. */
export function ended(child, show = () => {}) {
  let output = '';
  child.stdout?.setEncoding('utf8').on('data', (chunk) => {
    output += chunk;
    show(chunk);
  });
  return new Promise((resolve) => {
    child.on('error', () => resolve({ code: 127, output }));
    child.on('close', (code) => resolve({ code, output }));
  });
}
