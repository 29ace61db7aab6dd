import { readdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { describe, expect, it } from '@jest/globals';

const root = new URL('../../../', import.meta.url);
const text = (file) => readFileSync(new URL(file, root), 'utf8');
const { version, workspaces } = JSON.parse(text('package.json'));

const folders = workspaces
  .map((pattern) => dirname(pattern))
  .flatMap((parent) => readdirSync(new URL(parent, root)).map((name) => `${parent}/${name}`));

describe('the version', () => {
  it.each(folders)('of %s is that of the workspace', (folder) => {
    expect(JSON.parse(text(`${folder}/package.json`)).version).toBe(version);
  });

  it('is the same in package-lock.json', () => {
    const { packages } = JSON.parse(text('package-lock.json'));
    expect(['', ...folders].map((folder) => [folder, packages[folder]?.version])).toEqual(
      ['', ...folders].map((folder) => [folder, version]),
    );
  });

  it('is that of the newest release in CHANGELOG.md', () => {
    const releases = [...text('CHANGELOG.md').matchAll(/^##? (\d+\.\d+\.\d+\S*) \(\d{4}-\d{2}-\d{2}\)$/gm)];
    expect(releases[0]?.[1]).toBe(version);
  });
});
