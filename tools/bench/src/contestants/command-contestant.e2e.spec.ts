import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually } from '@parley/testing';
import { commandContestant } from './command-contestant.js';
import { readPeer } from './peer-option.js';

const README = fileURLToPath(new URL('../../README.md', import.meta.url));
const MAIN = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
const run = (...args: string[]) => promisify(execFile)(process.execPath, [MAIN, ...args]);
const alive = (pid: number): boolean => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

describe('a server that a command starts', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'parley-peer-'));
  });

  afterEach(() => rm(folder, { recursive: true, force: true }));

  it("carries messages between its two processes: the README's example", async () => {
    const [, example] = /```js\n(\/\/ my-server\.mjs\n.*?)```/s.exec(await readFile(README, 'utf8'))!;
    // Beside this file, where its packages are found.
    const file = fileURLToPath(new URL(`../../dist/my-server-${process.pid}.mjs`, import.meta.url));
    await writeFile(file, example!);
    try {
      const options = ['--scale', '0.02', '--rounds', '1', '--seconds', '1', '--only', 'nest-ws'];
      const { stderr } = await run('rooms', '--peer', `mine:nest-ws=node ${file}`, ...options);
      const figures = JSON.parse(/^round 1: mine {2}(.*)$/m.exec(stderr)![1]!);
      expect(figures.faults).toBe(0);
      // Ten messages per second, each to the 20 members of a room, and fewer where the machine is busy.
      expect(figures.deliveriesPerSecond).toBeGreaterThan(20);
      expect(figures.deliveriesPerSecond).toBeLessThanOrEqual(220);
    } finally {
      await rm(file);
    }
  });

  it('is counted and ended with all that it has started', async () => {
    const child = "require('net').createServer().listen(process.env.PORT)";
    const script = `require('child_process').spawn(process.execPath, ['-e', ${JSON.stringify(child)}], {stdio: 'inherit'})`;
    const file = join(folder, 'parent.cjs');
    await writeFile(file, script);
    const running = await commandContestant(readPeer(`mine=node ${file}; true`)!).start();
    const pids = running.servers();
    // Of each of two processes: the shell, the parent and its child.
    expect(pids).toHaveLength(6);
    await running.stop();
    await eventually(() => !pids.some(alive));
  });

  it('is given its place in the environment', async () => {
    const file = join(folder, 'tell.cjs');
    const told = join(folder, 'told-');
    await writeFile(
      file,
      `const { REPLICA, REPLICAS, REDIS_URL, HOST, PORT } = process.env;
       require('fs').writeFileSync(${JSON.stringify(told)} + REPLICA, JSON.stringify({ REPLICAS, REDIS_URL, HOST }));
       require('net').createServer().listen(PORT);`,
    );
    const running = await commandContestant(readPeer(`mine=exec node ${file}`)!).start();
    try {
      for (const replica of [1, 2]) {
        const place = JSON.parse(await readFile(`${told}${replica}`, 'utf8'));
        expect(place).toEqual({ REPLICAS: '2', REDIS_URL: running.redisUrl, HOST: '127.0.0.1' });
      }
    } finally {
      await running.stop();
    }
  });

  it('is reported when it ends before its port is open', async () => {
    await expect(commandContestant(readPeer('mine=exit 3')!).start()).rejects.toThrow(
      'mine ended before its port was open: exit 3',
    );
  });
});
