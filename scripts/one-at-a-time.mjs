import {
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** A holder shows this often that it is alive, in ms. After the second time without a sign it counts as gone. */
const SIGN_EVERY_MS = 2_000;
const GONE_AFTER_MS = 20_000;
const LOOK_EVERY_MS = 100;

/**
 * Runs `work` while no other process that names the same `lock` file does, and returns what it returns. Dependencies are not
 * installed yet when this runs, so it needs none. A holder that was killed does not hold the lock: its process is gone, or,
 * on another host that shares the folder, its sign is old.
 * @param whenWaiting called once if another process has to be waited for.
 */
export async function oneAtATime(lock, work, whenWaiting = () => undefined) {
  mkdirSync(dirname(lock), { recursive: true });
  const own = `${lock}.${hostname()}.${process.pid}`;
  for (let waits = 0; !take(lock, own); waits += 1) {
    if (waits === 0) whenWaiting();
    await delay(LOOK_EVERY_MS);
  }
  const release = () => rmSync(lock, { force: true });
  process.on('exit', release);
  const sign = setInterval(() => utimesSync(lock, new Date(), new Date()), SIGN_EVERY_MS);
  try {
    return await work();
  } finally {
    clearInterval(sign);
    process.off('exit', release);
    release();
  }
}

/** @returns whether this process holds the lock now. */
function take(lock, own) {
  writeFileSync(own, `${process.pid} ${hostname()}`);
  try {
    // A link appears with its content: nobody reads a lock that does not say whose it is.
    linkSync(own, lock);
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    const holder = holderOf(lock);
    if (holder?.isGone) remove(lock, own, holder.text);
    return false;
  } finally {
    rmSync(own, { force: true });
  }
}

/** @returns undefined when the lock has been released. */
function holderOf(lock) {
  try {
    const text = readFileSync(lock, 'utf8');
    const [pid, host] = text.split(' ');
    const isSilent = Date.now() - statSync(lock).mtimeMs > GONE_AFTER_MS;
    return { text, isGone: isSilent || (host === hostname() && !isRunning(Number(pid))) };
  } catch (error) {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function isRunning(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}

/** Removes the lock of a holder that is gone. If another process has taken it meanwhile, that one gets it back. */
function remove(lock, own, text) {
  const taken = `${own}.taken`;
  try {
    renameSync(lock, taken);
  } catch (error) {
    if (error.code === 'ENOENT') return;
    throw error;
  }
  if (readFileSync(taken, 'utf8') !== text) linkSync(taken, lock);
  rmSync(taken, { force: true });
}
