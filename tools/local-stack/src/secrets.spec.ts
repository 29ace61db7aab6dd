import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readPrivateKeys } from '@parley/contracts';
import { keepSecrets } from './secrets.js';

describe('the secrets of a data folder', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'secrets-'));
  });
  afterEach(() => rm(folder, { recursive: true }));
  const file = () => join(folder, 'secrets.json');

  it('are the same at every start, and for this user alone', async () => {
    const first = await keepSecrets(folder);
    expect(readPrivateKeys(first.authPrivateKeys)).toHaveLength(1);
    expect(await keepSecrets(folder)).toEqual(first);
    expect((await stat(file())).mode & 0o777).toBe(0o600);
  });

  it('of the release before stay, and get what they lack', async () => {
    const { authPrivateKeys: _, ...before } = await keepSecrets(folder);
    await writeFile(file(), JSON.stringify(before));
    const after = await keepSecrets(folder);
    expect(after).toMatchObject(before);
    expect(JSON.parse(await readFile(file(), 'utf8'))).toEqual(after);
  });

  it('are not replaced when they cannot be read', async () => {
    await writeFile(file(), '{');
    await expect(keepSecrets(folder)).rejects.toThrow('cannot be used');
    expect(await readFile(file(), 'utf8')).toBe('{');
  });
});
