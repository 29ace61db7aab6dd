import type { ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';

/** pino's levels by number. */
const levels: Record<number, string> = {
  10: 'trace',
  20: 'debug',
  30: 'info',
  40: 'warn',
  50: 'error',
  60: 'fatal',
};
const warn = 40;

/** What a service's process writes, in plain text. */
export interface ChildOutput {
  /** Its last complaint in one line. Empty when it made none. */
  lastWords(): string;
  /** Also shows complaints as they come from now on. */
  showComplaints(): void;
}

/**
 * Reads the output of a service's process: the JSON lines of its log, and anything else it writes. Shows warnings and
 * errors (everything with `verbose`). What it writes to stderr before `showComplaints` is only kept for `lastWords`:
 * a process that refuses to start gives its reason there, and the code that started it passes that on.
 */
export function followOutput(
  child: ChildProcess,
  show: (line: string) => void,
  verbose: boolean,
): ChildOutput {
  const complaints: string[] = [];
  let showing = verbose;
  const complain = (line: string) => {
    if (complaints.push(line) > 20) complaints.shift();
    if (showing) show(line);
  };
  createInterface({ input: child.stdout! }).on('line', (line) => {
    const entry = parseEntry(line);
    if (!entry) return void (verbose && show(line));
    const text = plainEntry(entry);
    if (entry.level >= 50) complain(text);
    else if (verbose || entry.level >= warn) show(text);
  });
  createInterface({ input: child.stderr! }).on('line', (line) => line.trim() && complain(line));
  return {
    lastWords: () =>
      complaints.find((line) => /^\w*(Error|Exception)\b/.test(line)) ?? complaints.at(-1) ?? '',
    showComplaints: () => {
      showing = true;
    },
  };
}

interface LogEntry {
  level: number;
  msg?: string;
  err?: { message?: string; stack?: string };
  [field: string]: unknown;
}

function parseEntry(line: string): LogEntry | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const entry = JSON.parse(line) as LogEntry;
    return typeof entry.level === 'number' ? entry : undefined;
  } catch {
    return undefined; // a line that only looks like JSON
  }
}

/** Fields that repeat what the line shows, or that only a log store needs. */
const unshown = new Set(['level', 'time', 'pid', 'hostname', 'service', 'msg', 'err']);

function plainEntry(entry: LogEntry): string {
  const fields = Object.entries(entry)
    .filter(([name, value]) => !unshown.has(name) && value !== undefined)
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`);
  const parts = [
    levels[entry.level] ?? entry.level,
    entry.msg,
    ...fields,
    entry.err?.stack ?? entry.err?.message,
  ];
  return parts.filter(Boolean).join(' ');
}
