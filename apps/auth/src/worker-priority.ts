import { readdir } from 'node:fs/promises';
import { constants, getPriority, setPriority } from 'node:os';

/** How much nicer the threads are that hash: when a core is wanted elsewhere, they get about a tenth of it (Linux, sched(7)). */
const NICER_BY = 10;

/**
 * Lets password hashing have only what time the machine has left, so that a wave of sign-ins does not delay those who are
 * connected: each hashing takes a core for tens of milliseconds. Linux keeps a niceness per thread: all of this process
 * but the main one, which are those of libuv's pool and V8's helpers. On other systems nothing is changed.
 */
export async function lowerWorkerPriority(): Promise<void> {
  if (process.platform !== 'linux') return;
  const niceness = Math.min(getPriority() + NICER_BY, constants.priority.PRIORITY_LOW);
  // Read by way of the pool: now all of its threads are there.
  for (const thread of await readdir('/proc/self/task'))
    if (Number(thread) !== process.pid) setPriority(Number(thread), niceness);
}
