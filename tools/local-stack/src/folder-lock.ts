import { execFileSync } from 'node:child_process';
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { processStat } from '@parley/proc';
import { StartError } from './start-error.js';

/**
 * Locks a data folder for this process and returns the function that releases it. Throws a StartError when another
 * process holds it, or when the folder cannot be written to. A lock whose process is gone is replaced. Its start time tells a process from a later one with
 * the same pid.
 */
export function lockFolder(folder: string): () => void {
  const lock = join(folder, 'start.lock');
  const mine = identity(process.pid)!;
  const draft = `${lock}.${process.pid}`;
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(draft, mine);
  } catch (cause) {
    throw new StartError(`DATA_DIR: cannot write to ${folder}: ${(cause as Error).message}`, { cause });
  }
  try {
    while (!claim(draft, lock)) dropStale(lock, folder);
  } finally {
    rmSync(draft, { force: true });
  }
  return () => {
    if (read(lock) === mine) rmSync(lock, { force: true });
  };
}

/** A link appears whole or not at all, so nobody reads half a lock. */
function claim(draft: string, lock: string): boolean {
  try {
    linkSync(draft, lock);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

function dropStale(lock: string, folder: string): void {
  const holder = read(lock);
  if (holder === undefined) return; // just released
  const pid = Number.parseInt(holder, 10);
  if (identity(pid) === holder) {
    throw new StartError(`Already running: process ${pid} uses the data folder ${folder}`);
  }
  // Renamed first: if two processes find it stale, only one removes it, and neither removes the other's new lock.
  const aside = `${lock}.stale.${process.pid}`;
  try {
    renameSync(lock, aside);
  } catch {
    return; // another process was faster
  }
  if (read(aside) !== holder) claim(aside, lock);
  rmSync(aside, { force: true });
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/** "pid start-time" of a live process, or undefined when there is none. */
function identity(pid: number): string | undefined {
  try {
    return `${pid} ${process.platform === 'linux' ? linuxStart(pid) : startByPs(pid)}`;
  } catch {
    return undefined;
  }
}

function startByPs(pid: number): string {
  return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim();
}

/** The start time counts from boot, so the boot is part of the identity. */
function linuxStart(pid: number): string {
  const { state, startTicks } = processStat(pid);
  if (state === 'Z') throw new Error('a zombie holds nothing');
  const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  return `${startTicks} ${boot}`;
}
