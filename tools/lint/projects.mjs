import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';

/** What the names of all projects begin with. */
export const SCOPE = '@parley/';

/**
 * @typedef {object} Project
 * @property {string} name
 * @property {string} folder relative to the workspace's root
 * @property {string[]} types values of its tags type:…; exactly one is right
 * @property {string[]} platforms values of its tags platform:…; exactly one is right
 * @property {string[]} dependencies names of what its package.json declares for its sources, peers included
 * @property {string[]} devDependencies names of what its package.json declares for its tests
 * @property {boolean} bundlesSiblings whether its package holds the siblings that its sources import, which nobody can install beside it
 * @property {string[]} references folders that its tsconfig.json refers to, relative to the workspace's root
 */

/**
 * The workspace's projects, as their package.json and tsconfig.json describe them.
 * @param {string} root
 * @returns {Project[]}
 */
export function projectsOf(root) {
  const { workspaces } = readJson(join(root, 'package.json'));
  return workspaces
    .map((pattern) => posix.dirname(pattern))
    .flatMap((parent) => readdirSync(join(root, parent)).map((name) => posix.join(parent, name)))
    .filter((folder) => existsSync(join(root, folder, 'package.json')))
    .map((folder) => projectIn(root, folder));
}

function projectIn(root, folder) {
  const manifest = readJson(join(root, folder, 'package.json'));
  const { references = [] } = readJson(join(root, folder, 'tsconfig.json'), {});
  return {
    name: manifest.name,
    folder,
    types: tags(manifest, 'type'),
    platforms: tags(manifest, 'platform'),
    dependencies: Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies }),
    devDependencies: Object.keys(manifest.devDependencies ?? {}),
    bundlesSiblings: tags(manifest, 'bundles').includes('siblings'),
    references: references.map(({ path }) => posix.join(folder, path)),
  };
}

function tags({ nx }, kind) {
  const prefix = `${kind}:`;
  return (nx?.tags ?? []).filter((tag) => tag.startsWith(prefix)).map((tag) => tag.slice(prefix.length));
}

function readJson(file, absent) {
  if (absent && !existsSync(file)) return absent;
  return JSON.parse(readFileSync(file, 'utf8'));
}
