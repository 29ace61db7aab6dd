import { readFileSync } from 'node:fs';

/** Linux counts a process's time in these: 1/100 s on every platform Node runs on. */
const TICK_MS = 10;

/** CPU time (user and system, ms) that a process has used so far, from /proc. */
export function processCpuMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The second field is the program's name in brackets, which may hold spaces.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}
