import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { lockFolder } from './folder-lock.js';
import { StartError } from './start-error.js';

describe('the lock of a data folder', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'parley-lock-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));
  const lock = () => join(folder, 'start.lock');

  it('refuses a second holder and names the first', () => {
    lockFolder(folder);
    expect(() => lockFolder(folder)).toThrow(
      `Already running: process ${process.pid} uses the data folder ${folder}`,
    );
  });

  it('says that it cannot write there, as one line for the user', () => {
    writeFileSync(join(folder, 'file'), '');
    expect(() => lockFolder(join(folder, 'file'))).toThrow(StartError);
    expect(() => lockFolder(join(folder, 'file'))).toThrow(/^DATA_DIR: cannot write to \S+file: EEXIST/);
  });

  it('can be acquired again after its release, and leaves no file', () => {
    lockFolder(folder)();
    expect(readdirSync(folder)).toEqual([]);
    expect(() => lockFolder(folder)()).not.toThrow();
  });

  it('is taken over from a process that is gone', () => {
    writeFileSync(lock(), '999999999 1 some-boot');
    lockFolder(folder);
    expect(readFileSync(lock(), 'utf8')).toMatch(new RegExp(`^${process.pid} `));
    expect(readdirSync(folder)).toEqual(['start.lock']);
  });

  it('is taken over when its pid now belongs to another process', () => {
    writeFileSync(lock(), `${process.pid} 1 an-earlier-boot`);
    expect(() => lockFolder(folder)).not.toThrow();
  });

  it('is not released by a holder that has lost it', () => {
    const giveBack = lockFolder(folder);
    writeFileSync(lock(), '1 2 3');
    giveBack();
    expect(readFileSync(lock(), 'utf8')).toBe('1 2 3');
  });
});
