import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from '@jest/globals';
import { packageFaults } from '../licences.mjs';
import { lockedPackages, neededBy, readLock } from '../lockfile.mjs';

const folders = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

/** A workspace with that lock file, in which packages with a `manifest` are installed. */
function workspace(entries) {
  const folder = mkdtempSync(join(tmpdir(), 'licences-'));
  folders.push(folder);
  const packages = {};
  for (const [path, { manifest, ...entry }] of Object.entries(entries)) {
    packages[path] = { version: '1.0.0', integrity: 'sha512-x', ...entry };
    if (manifest === undefined) continue;
    mkdirSync(join(folder, path), { recursive: true });
    writeFileSync(join(folder, path, 'package.json'), JSON.stringify(manifest));
  }
  writeFileSync(join(folder, 'package-lock.json'), JSON.stringify({ packages }));
  return folder;
}

const faultsOf = (entry) => packageFaults(workspace({ 'node_modules/a': entry }));
const unlisted = (licence) => [
  `a@1.0.0 has the licence ${licence}, which tools/lint/licences.mjs does not list`,
];

describe('packageFaults', () => {
  it.each(['MIT', 'Apache-2.0 AND MIT', '(MIT OR CC0-1.0)', '(MIT AND Zlib)'])('takes %s', (license) => {
    expect(faultsOf({ license })).toEqual([]);
  });

  it.each([
    'AGPL-3.0-only',
    'UNLICENSED',
    'SEE LICENSE IN LICENSE.md',
    '(MIT OR GPL-2.0)',
    'Apache-2.0 WITH LLVM-exception',
  ])('refuses %s', (license) => {
    expect(faultsOf({ license })).toEqual(unlisted(license));
  });

  it('takes the licence of data for what is not passed on, and only for that', () => {
    expect(faultsOf({ license: 'CC-BY-4.0', dev: true })).toEqual([]);
    expect(faultsOf({ license: 'CC-BY-4.0' })).toEqual(unlisted('CC-BY-4.0'));
  });

  it('reads the licence from the package where the lock file has none, also in the old forms', () => {
    expect(faultsOf({ manifest: { licenses: [{ type: 'MIT' }] } })).toEqual([]);
    expect(faultsOf({ manifest: { license: { type: 'WTFPL' } } })).toEqual(unlisted('WTFPL'));
    expect(faultsOf({ manifest: {} })).toEqual(unlisted('(none)'));
  });

  it('takes what only another platform needs, without a licence and a hash', () => {
    expect(faultsOf({ optional: true, integrity: undefined })).toEqual([]);
    expect(faultsOf({ optional: true, license: 'AGPL-3.0-only' })).toEqual(unlisted('AGPL-3.0-only'));
  });

  it('refuses contents without a hash, and a program at installation that is not listed', () => {
    expect(faultsOf({ license: 'MIT', integrity: undefined })).toEqual([
      'a@1.0.0 has no integrity in package-lock.json',
    ]);
    expect(faultsOf({ license: 'MIT', hasInstallScript: true })).toEqual([
      'a@1.0.0 runs a program when it is installed, and tools/lint/licences.mjs does not list it',
    ]);
  });
});

describe('neededBy', () => {
  it('follows links, nested packages and peers, and leaves out what only tests need', () => {
    const { packages } = readLock(
      workspace({
        'apps/one': { dependencies: { '@us/two': '*', b: '1' }, devDependencies: { jest: '*' } },
        'libs/two': { dependencies: { b: '2' }, devDependencies: { jest: '*' } },
        'node_modules/@us/two': { link: true, resolved: 'libs/two' },
        'node_modules/b': {
          peerDependencies: { c: '*', d: '*', absent: '*' },
          peerDependenciesMeta: { d: { optional: true }, absent: { optional: true } },
        },
        'libs/two/node_modules/b': { optionalDependencies: { e: '*', absent: '*' } },
        'node_modules/c': {},
        'node_modules/d': {},
        'node_modules/e': {},
        'node_modules/jest': {},
      }),
    );
    expect([...neededBy({ packages }, ['apps/one'])].sort()).toEqual([
      'apps/one',
      'libs/two',
      'libs/two/node_modules/b',
      'node_modules/b',
      'node_modules/c',
      'node_modules/d',
      'node_modules/e',
    ]);
  });

  it('finds what the gateway needs in this workspace, and none of its tools', () => {
    const root = fileURLToPath(new URL('../../..', import.meta.url));
    const lock = readLock(root);
    const needed = neededBy(lock, ['apps/gateway']);
    const names = lockedPackages(lock, root)
      .filter(({ path }) => needed.has(path))
      .map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['ws', 'ioredis', 'fastify', 'zod']));
    for (const tool of ['jest', 'typescript', 'nx', 'testcontainers']) expect(names).not.toContain(tool);
  });
});
