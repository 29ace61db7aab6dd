import { readdir } from 'node:fs/promises';
import { constants, getPriority, setPriority } from 'node:os';

/** How much nicer the hashing threads are: they get about a tenth of a core that others compete for (Linux, sched(7)). */
const NICER_BY = 10;

/**
 * Gives password hashing only the time that the machine has left, so that a wave of sign-ins does not delay connected
 * users: each hashing takes a core for tens of milliseconds. Linux has a niceness per thread. This sets that of all threads
 * but the main one: those of libuv's pool and V8's helpers. On other systems it changes nothing.
 */
export async function lowerWorkerPriority(): Promise<void> {
  if (process.platform !== 'linux') return;
  const niceness = Math.min(getPriority() + NICER_BY, constants.priority.PRIORITY_LOW);
  // The pool itself reads this folder, so all of its threads exist now.
  for (const thread of await readdir('/proc/self/task'))
    if (Number(thread) !== process.pid) setPriority(Number(thread), niceness);
}
