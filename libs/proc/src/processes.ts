import { readdirSync, readFileSync } from 'node:fs';

/** Linux counts a process's time in ticks: 1/100 s on every platform that Node runs on. */
const TICK_MS = 10;

/** One process, as `/proc/<pid>/stat` describes it (proc_pid_stat(5)). */
export interface ProcessStat {
  readonly pid: number;
  /** One letter. `Z` is a zombie: a process that has ended but whose parent has not yet collected its exit status. */
  readonly state: string;
  /** The pid of its parent. */
  readonly parent: number;
  /** User and system time since it started, in milliseconds, to within 10 ms. */
  readonly cpuMs: number;
  /** When it started, in 1/100 s since the machine booted. Distinguishes a process from a later one with the same pid. */
  readonly startTicks: number;
}

/** What a process has used. */
export interface ProcessUsage {
  /** User and system time since it started, in milliseconds, to within 10 ms. */
  readonly cpuMs: number;
  readonly residentBytes: number;
}

/** Reads the state of one process. @throws Error when there is no such process. */
export function processStat(pid: number): ProcessStat {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The second field is the program's name in brackets, which may itself hold spaces and brackets. These are the
  // fields from the third on.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return {
    pid,
    state: fields[0]!,
    parent: Number(fields[1]),
    cpuMs: (Number(fields[11]) + Number(fields[12])) * TICK_MS,
    startTicks: Number(fields[19]),
  };
}

/**
 * Reads what one process has used. @throws Error when there is no such process, or only its zombie, which has no
 * memory.
 */
export function processUsage(pid: number): ProcessUsage {
  const { cpuMs } = processStat(pid);
  // `status` gives KiB; `stat` counts pages, whose size differs from platform to platform.
  const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  if (kibibytes === undefined) throw new Error(`process ${pid} has no resident memory: it has ended`);
  return { cpuMs, residentBytes: Number(kibibytes) * 1_024 };
}

/** Every process of the machine except zombies. */
export function runningProcesses(): ProcessStat[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.flatMap((pid) => statIfThere(Number(pid))).filter(({ state }) => state !== 'Z');
}

function statIfThere(pid: number): ProcessStat[] {
  try {
    return [processStat(pid)];
  } catch {
    return []; // ended after the folder was read
  }
}
