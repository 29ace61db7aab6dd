import { readFileSync } from 'node:fs';

/** Linux counts a process's time in these: 1/100 s on every platform that Node runs on. */
const TICK_MS = 10;

/** What a process has used. */
export interface ProcessUsage {
  /** User and system time since it started, in milliseconds. */
  readonly cpuMs: number;
  readonly residentBytes: number;
}

/** Reads /proc; undefined when there is no such process (any more). */
export function processUsage(pid: number): ProcessUsage | undefined {
  try {
    const fields = statOf(pid);
    const cpuMs = (Number(fields[11]) + Number(fields[12])) * TICK_MS;
    return { cpuMs, residentBytes: residentKib(pid) * 1_024 };
  } catch {
    return undefined;
  }
}

/** In the unit that the kernel prints, for the size of a page differs from platform to platform. */
const residentKib = (pid: number): number =>
  Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);

/** The fields of /proc/pid/stat from the third on: the second is the program's name in brackets, which may hold spaces. */
function statOf(pid: number): string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}
