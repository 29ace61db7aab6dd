import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { pack } from '@parley/testing';
import { LiveChat } from './fixtures/live-chat.js';
import { hasTerminals, KEY, Screen } from './fixtures/screen.js';
import { version } from './version.js';

jest.setTimeout(240_000);

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** The package as it is packed, beside what it declares and nothing else. No registry is asked. */
describe('the package', () => {
  let folder: string;
  let installed: string;
  let files: readonly string[];
  let chat: LiveChat;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'parley-packed-'));
    const packed = await pack('@parley/cli', folder);
    files = packed.files;
    installed = join(folder, 'node_modules/@parley/cli');
    await mkdir(installed, { recursive: true });
    await run('tar', ['-xzf', packed.archive, '-C', installed, '--strip-components=1']);
    const { dependencies } = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8'));
    for (const name of Object.keys(dependencies)) await link(name);
    chat = await LiveChat.start();
  });

  afterAll(async () => {
    await chat?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  /** Where npm has put a package for this project. */
  async function link(name: string): Promise<void> {
    const own = join(ROOT, 'apps/cli/node_modules', name);
    const place = await readFile(join(own, 'package.json')).then(
      () => own,
      () => join(ROOT, 'node_modules', name),
    );
    const target = join(folder, 'node_modules', name);
    await mkdir(dirname(target), { recursive: true });
    await symlink(place, target);
  }

  const bin = () => join(installed, 'bin/parley.js');

  it('declares nothing that no registry has, and holds no source', async () => {
    const { dependencies, bin: bins } = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8'));
    expect(Object.keys(dependencies).filter((name) => name.startsWith('@parley/'))).toEqual([]);
    expect(bins).toEqual({ parley: './bin/parley.js' });
    const others = files.filter((file) => !file.startsWith('bundle/'));
    expect(others).toEqual(['LICENSE', 'README.md', 'bin/parley.js', 'package.json']);
    expect(files).toContain('bundle/main.js');
  });

  it('runs its commands', async () => {
    expect((await run(process.execPath, [bin(), '--version'])).stdout).toBe(`${version()}\n`);
    const ada = chat.person('ada', bin());
    expect(await ada.run(['login', 'ada', '--create', '--password-stdin'], 'secret')).toMatchObject({
      code: 0,
    });
    expect(await ada.json('send', 'general', 'packed')).toMatchObject({ Seq: 1 });
    expect(await ada.json('history')).toMatchObject({ messages: [{ Message: 'packed' }] });
  });

  (hasTerminals ? it : it.skip)('opens the full screen', async () => {
    const eve = chat.person('eve', bin());
    await eve.run(['login', 'eve', '--create', '--password-stdin'], 'secret');
    const screen = Screen.open(eve.commandLine(), { folder, env: eve.environment });
    await screen.shows('? help');
    screen.type(KEY.ctrlC);
    expect(await screen.code).toBe(0);
    screen.end();
  });
});
