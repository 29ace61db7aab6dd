import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { Credentials } from './credentials.js';

const ADA = { userUUID: 'u', username: 'ada', accessKey: 'key-of-ada' };

describe('the credentials', () => {
  let base: string;
  let folder: string;
  let credentials: Credentials;
  const file = () => join(folder, 'credentials.json');
  const modeOf = async (path: string) => ((await stat(path)).mode & 0o777).toString(8);

  beforeEach(async () => {
    base = await mkdtemp(join(tmpdir(), 'credentials-'));
    folder = join(base, 'config', 'parley');
    credentials = new Credentials(folder);
  });

  afterEach(() => rm(base, { recursive: true, force: true }));

  it('are none at first', async () => {
    expect(await credentials.of('http://a')).toBeUndefined();
    expect(await credentials.currentServer()).toBeUndefined();
  });

  it('are kept for each server, and the last one is current', async () => {
    await credentials.keep('http://a', ADA);
    await credentials.keep('http://b', { ...ADA, expiresAt: 'then' });
    expect(await credentials.currentServer()).toBe('http://b');
    expect(await credentials.of('http://a')).toEqual(ADA);
    await credentials.forget('http://b');
    expect(await credentials.currentServer()).toBeUndefined();
    expect(await credentials.of('http://b')).toBeUndefined();
    expect(await credentials.of('http://a')).toEqual(ADA);
  });

  it('are in a file and a folder for their owner alone, and leave no draft', async () => {
    await credentials.keep('http://a', ADA);
    expect([await modeOf(folder), await modeOf(file())]).toEqual(['700', '600']);
    expect(await readdir(folder)).toEqual(['credentials.json']);
  });

  it('close a folder that was open to others', async () => {
    await mkdir(folder, { recursive: true, mode: 0o755 });
    await credentials.keep('http://a', ADA);
    expect(await modeOf(folder)).toBe('700');
  });

  it.each([0o640, 0o604, 0o660])(
    'are refused while others may do something with the file (%o)',
    async (mode) => {
      await credentials.keep('http://a', ADA);
      await chmod(file(), mode);
      await expect(credentials.of('http://a')).rejects.toThrow(/others may read .*chmod 600/);
      await expect(credentials.keep('http://b', ADA)).rejects.toThrow(/others may read/);
      expect(await readFile(file(), 'utf8')).not.toContain('http://b');
    },
  );

  it('are refused if they are something else, without showing it', async () => {
    await mkdir(folder, { recursive: true });
    await writeFile(file(), '{"sessions":{"http://a":{"accessKey":"secret"}}}', { mode: 0o600 });
    const reading = credentials.of('http://a');
    await expect(reading).rejects.toThrow(/not what this command writes/);
    await expect(reading).rejects.not.toThrow(/secret/);
  });
});
