import { execFile } from 'node:child_process';
import { getPriority } from 'node:os';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';

/** Prints the niceness of the main thread, and of each of the others, of a process of its own. */
const PROGRAM = `
  import { readdirSync } from 'node:fs';
  import { getPriority } from 'node:os';
  const { lowerWorkerPriority } = await import(process.argv[1]);
  await lowerWorkerPriority();
  const threads = readdirSync('/proc/self/task').map(Number).filter((thread) => thread !== process.pid);
  console.log(JSON.stringify([getPriority(), threads.map((thread) => getPriority(thread))]));
`;

const onLinux = process.platform === 'linux' ? it : it.skip;

describe('lowerWorkerPriority', () => {
  onLinux('lowers the priority of every thread but the main one', async () => {
    const module = new URL('../dist/worker-priority.js', import.meta.url).href;
    const args = ['--input-type=module', '-e', PROGRAM, module];
    const { stdout } = await promisify(execFile)(process.execPath, args);
    const [main, others] = JSON.parse(stdout) as [number, number[]];
    expect(main).toBe(getPriority());
    // libuv's pool alone has four.
    expect(others.length).toBeGreaterThanOrEqual(4);
    expect(new Set(others)).toEqual(new Set([Math.min(main + 10, 19)]));
  });
});
