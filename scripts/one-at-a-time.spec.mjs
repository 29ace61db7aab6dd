import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { root } from './workspace.mjs';

/** A compiler that notes when it begins and when it ends. */
const COMPILER = `#!/usr/bin/env node
const { appendFileSync } = require('node:fs');
const note = (what) => appendFileSync(${'`'}\${__dirname}/../../notes${'`'}, what + '\\n');
note('begins');
setTimeout(() => note('ends'), 200);
`;

describe('commands in one folder', () => {
  let folder;
  const notes = () => readFileSync(join(folder, 'notes'), 'utf8').trim().split('\n');
  const lock = () => join(folder, '.cache/set-up.lock');

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'one-folder-'));
    for (const part of ['scripts', 'tools/build'])
      cpSync(join(root, part), join(folder, part), { recursive: true });
    for (const part of ['apps/web', 'libs']) mkdirSync(join(folder, part), { recursive: true });
    writeFileSync(join(folder, 'apps/web/build.mjs'), '');
    mkdirSync(join(folder, 'node_modules/.bin'), { recursive: true });
    writeFileSync(join(folder, 'node_modules/.bin/tsc'), COMPILER, { mode: 0o755 });
    writeFileSync(join(folder, 'command.mjs'), `await (await import('./scripts/workspace.mjs')).build();`);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const command = () => spawn(process.execPath, [join(folder, 'command.mjs')], { stdio: 'ignore' });

  it('build one after the other', async () => {
    const codes = await Promise.all([1, 2, 3, 4].map(async () => (await once(command(), 'close'))[0]));
    expect(codes).toEqual([0, 0, 0, 0]);
    expect(notes()).toEqual(Array.from({ length: 4 }, () => ['begins', 'ends']).flat());
  });

  it('do not wait for one that was killed', async () => {
    writeFileSync(join(folder, 'notes'), '');
    const killed = command();
    const end = once(killed, 'close');
    while (!notes().includes('begins')) await new Promise((resolve) => setTimeout(resolve, 10));
    killed.kill('SIGKILL');
    await end;
    expect(readFileSync(lock(), 'utf8')).toMatch(`${killed.pid} `);
    const began = performance.now();
    const [code] = await once(command(), 'close');
    expect(code).toBe(0);
    expect(performance.now() - began).toBeLessThan(10_000);
  });

  it('wait for one on another host as long as it shows that it is alive', async () => {
    writeFileSync(lock(), '1 another-host');
    const waiting = command();
    const end = once(waiting, 'close');
    const tooEarly = await Promise.race([end, new Promise((resolve) => setTimeout(resolve, 700, 'waits'))]);
    expect(tooEarly).toBe('waits');
    rmSync(lock());
    expect((await end)[0]).toBe(0);
  });
});
