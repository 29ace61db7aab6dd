import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { findRedisProgram } from './find-redis.js';
import { StartError } from './start-error.js';

const fakeApt = fileURLToPath(new URL('../fixtures/apt', import.meta.url));
const launch = { folder: '/data', port: 1, args: ['--port', '1'] };

describe('finding a Redis server', () => {
  const { PATH } = process.env;
  let folder: string;
  let lines: string[];
  const find = () => findRedisProgram((line) => lines.push(line), join(folder, 'cache'));
  const asked = async () => (await readFile(join(folder, 'log'), 'utf8')).trim().split('\n');
  /** A PATH with a shell's programs and no Redis, Docker or apt. */
  const bare = () => join(folder, 'bin');

  beforeEach(async () => {
    lines = [];
    folder = await mkdtemp(join(tmpdir(), 'parley-find-'));
    await mkdir(bare());
    for (const program of ['sh', 'sed', 'mkdir', 'chmod']) {
      await writeFile(join(bare(), program), `#!/bin/sh\nPATH=${PATH} exec ${program} "$@"\n`, {
        mode: 0o755,
      });
    }
    process.env.PATH = bare();
    process.env.APT_LOG = join(folder, 'log');
  });
  afterEach(async () => {
    process.env.PATH = PATH;
    delete process.env.APT_OFFLINE;
    await rm(folder, { recursive: true, force: true });
  });

  it.each(['redis-server', 'valkey-server'])('uses a %s that is on PATH', async (name) => {
    const file = join(bare(), name);
    await writeFile(file, '#!/bin/sh\n', { mode: 0o755 });
    const { origin, command } = await find();
    expect(origin).toBe(file);
    expect(command(launch)).toMatchObject({ file, args: launch.args });
  });

  it.each([
    ['ends with this process where setpriv can do that', 'shift 2; exec "$@"', 'setpriv'],
    ['runs alone where setpriv does not know how', 'exit 1', 'redis-server'],
  ])('%s', async (_, script, runs) => {
    for (const program of ['redis-server', 'true']) {
      await writeFile(join(bare(), program), '#!/bin/sh\n', { mode: 0o755 });
    }
    await writeFile(join(bare(), 'setpriv'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    expect((await find()).command(launch).file).toBe(join(bare(), runs));
  });

  it("unpacks only those of Debian's packages that the machine lacks into the cache", async () => {
    process.env.PATH = `${bare()}:${fakeApt}`;
    const { command } = await find();
    const root = join(folder, 'cache/root');
    expect(await asked()).toEqual(['libjemalloc2=5.3.0-1 redis-tools=5:7.0.15-1']);
    const { file, env } = command(launch);
    expect(file).toBe(join(root, 'usr/bin/redis-server'));
    expect(env.LD_LIBRARY_PATH?.split(':')).toContain(join(root, 'usr/lib/x86_64-linux-gnu'));
    expect(lines).toHaveLength(1);
  });

  it('uses what the cache holds the next time, and says nothing', async () => {
    process.env.PATH = `${bare()}:${fakeApt}`;
    await find();
    lines = [];
    await find();
    expect(await asked()).toHaveLength(1);
    expect(lines).toEqual([]);
  });

  it('fetches again when the cached server no longer runs here', async () => {
    process.env.PATH = `${bare()}:${fakeApt}`;
    await find();
    await writeFile(join(folder, 'cache/root/usr/bin/redis-server'), '#!/bin/sh\nexit 127\n');
    await find();
    expect(await asked()).toHaveLength(2);
  });

  it('leaves one complete server when two callers look for it at the same time', async () => {
    process.env.PATH = `${bare()}:${fakeApt}`;
    await Promise.all([find(), find()]);
    expect(await readdir(join(folder, 'cache'))).toEqual(['root']);
  });

  it('says what to do when there is none, and leaves no half-unpacked one', async () => {
    process.env.PATH = `${bare()}:${fakeApt}`;
    process.env.APT_OFFLINE = 'yes';
    const failure = await find().catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(StartError);
    expect(String(failure)).toMatch(
      /Install redis-server .*REDIS_URL.*Unable to fetch.*no Docker engine answers/,
    );
    expect(existsSync(join(folder, 'cache/root'))).toBe(false);
  });
});
