import type { ChildProcess } from 'node:child_process';

/** How a process ended. */
export interface Ending {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** A process that was just started. */
export interface Launched {
  readonly pid: number | undefined;
  /** Resolves when it is ready. Rejects when it ends before that, or gives no sign of life for too long. */
  readonly ready: Promise<void>;
  readonly ended: Promise<Ending>;
  /** The last helpful thing it said, to explain its end. */
  lastWords(): string;
  signal(name: NodeJS.Signals): void;
}

/** A process ended before it was ready. */
export class EndedEarly extends Error {
  override readonly name = 'EndedEarly';
  constructor(readonly ending: Ending) {
    super(`ended with ${describeEnding(ending)}`);
  }
}

/** For people: "exit code 1", "SIGKILL". */
export function describeEnding({ code, signal }: Ending): string {
  return signal ?? `exit code ${code}`;
}

/** Resolves when the process has ended. A program that cannot be started counts as ended with code 127, as in a shell. */
export function endOf(child: ChildProcess): Promise<Ending> {
  return new Promise((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal }));
    child.once('error', () => child.pid === undefined && resolve({ code: 127, signal: null }));
  });
}

/** Settles as `condition` does, or rejects when the process ends first or `timeoutMs` pass. Without the latter it may take any time. */
export async function readyUnlessEnded<T>(
  condition: Promise<T>,
  ended: Promise<Ending>,
  timeoutMs?: number,
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const died = ended.then((ending) => Promise.reject(new EndedEarly(ending)));
  const rivals: Promise<T>[] = [condition, died];
  if (timeoutMs !== undefined) {
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`not ready in ${timeoutMs / 1000} s`)), timeoutMs);
    });
    rivals.push(late);
  }
  return await Promise.race(rivals).finally(() => clearTimeout(timer));
}
