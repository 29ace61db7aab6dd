import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { scriptBytes } from './script-bytes.js';

describe('the bytes of the scripts of a page', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'parley-bench-web-'));
    await mkdir(join(folder, 'assets'));
    const sizes = {
      'a.js.gz': 30,
      'a.js.br': 20,
      'b.js.gz': 3,
      'b.js.br': 2,
      'late.js.gz': 500,
      'late.js.br': 400,
    };
    for (const [name, size] of Object.entries(sizes))
      await writeFile(join(folder, 'assets', name), 'x'.repeat(size));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('are of those that the page names, as they travel', async () => {
    const html =
      '<script src="./assets/a.js"></script><link rel="modulepreload" href="./assets/b.js"><link href="./a.css">';
    await writeFile(join(folder, 'index.html'), html);
    expect(await scriptBytes(folder)).toEqual({ gz: 33, br: 22 });
  });

  it('are unknown of a page that names none', async () => {
    await writeFile(join(folder, 'index.html'), '<p>soon</p>');
    await expect(scriptBytes(folder)).rejects.toThrow('loads no script');
  });
});
