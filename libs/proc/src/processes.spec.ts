import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { processStat, processUsage, runningProcesses } from './processes.js';

/** No process has this pid: Linux gives none above 2^22. */
const NOBODY = 2 ** 30;

describe('/proc', () => {
  it('finds a child and its parent among the running processes, and not once it has ended', async () => {
    const child = spawn('sleep', ['60']);
    await once(child, 'spawn');
    const found = () => runningProcesses().find(({ pid }) => pid === child.pid);
    expect(found()).toMatchObject({ parent: process.pid });
    child.kill();
    await once(child, 'exit');
    expect(found()).toBeUndefined();
  });

  it('tells what a process uses', () => {
    const before = processUsage(process.pid);
    while (processUsage(process.pid).cpuMs < before.cpuMs + 20);
    const { cpuMs, residentBytes } = processUsage(process.pid);
    const { user, system } = process.cpuUsage();
    expect(Math.abs(cpuMs - (user + system) / 1_000)).toBeLessThan(200);
    expect(Math.abs(residentBytes / process.memoryUsage.rss() - 1)).toBeLessThan(0.5);
  });

  it('tells when a process started', () => {
    const upSeconds = Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]);
    const ageSeconds = upSeconds - processStat(process.pid).startTicks / 100;
    expect(Math.abs(ageSeconds - process.uptime())).toBeLessThan(5);
  });

  it('has nothing of a process that is not there', () => {
    expect(() => processStat(NOBODY)).toThrow('ENOENT');
    expect(() => processUsage(NOBODY)).toThrow('ENOENT');
  });
});
