import { readFileSync } from 'node:fs';

/** Linux counts a process's time in these: 1/100 s on every platform that Node runs on. */
const TICK_MS = 10;
const PAGE_BYTES = 4_096;

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
    return { cpuMs, residentBytes: Number(fields[21]) * PAGE_BYTES };
  } catch {
    return undefined;
  }
}

/** The fields of /proc/pid/stat from the third on: the second is the program's name in brackets, which may hold spaces. */
function statOf(pid: number): string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}
