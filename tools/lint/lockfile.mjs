import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * A package of others that package-lock.json names.
 * @typedef {object} LockedPackage
 * @property {string} path where it is installed
 * @property {string} name
 * @property {string} version
 * @property {string | undefined} licence an SPDX expression; undefined if neither the lock file nor the package names one
 * @property {boolean} isHere whether it is installed
 * @property {boolean} isDev whether it is only used while developing
 * @property {boolean} isOptional whether it may be missing, such as what other platforms need
 * @property {boolean} hasIntegrity whether npm compares its contents with a hash
 * @property {boolean} runsScript whether it runs a program when it is installed
 */

/** package-lock.json of the workspace in that folder; undefined without one. */
export function readLock(root) {
  const file = join(root, 'package-lock.json');
  return existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined;
}

/**
 * The packages of others in a lock file, without links to our own.
 * @returns {LockedPackage[]}
 */
export function lockedPackages(lock, root) {
  return Object.entries(lock.packages)
    .filter(([path, { link }]) => path.includes(MODULES) && !link)
    .map(([path, entry]) => {
      const manifest = installed(join(root, path, 'package.json'));
      return {
        path,
        name: nameOf(path, entry),
        version: entry.version,
        licence: licenceIn(entry) ?? licenceIn(manifest ?? {}),
        isHere: manifest !== undefined,
        isDev: entry.dev === true,
        isOptional: entry.optional === true || entry.devOptional === true,
        hasIntegrity: entry.integrity !== undefined,
        runsScript: entry.hasInstallScript === true,
      };
    });
}

const MODULES = 'node_modules/';

/** An alias has another name than its folder. */
export const nameOf = (path, { name }) => name ?? path.slice(path.lastIndexOf(MODULES) + MODULES.length);

const installed = (file) => (existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : undefined);

/** As a text, or in the two forms that were used before there was SPDX. */
function licenceIn({ license, licenses }) {
  const named = (each) => (typeof each === 'object' ? each.type : each);
  if (license) return named(license);
  return licenses?.length ? licenses.map(named).join(' OR ') : undefined;
}

/**
 * What these projects need at run time, as the build of the image installs it: without devDependencies, and with what is optional.
 * npm also installs optional peers that the lock file has for another reason.
 * @param {string[]} projects their folders
 * @returns {Set<string>} paths in the lock file, those of our own projects included
 */
export function neededBy(lock, projects) {
  const needed = new Set();
  const visit = (path) => {
    const { link, resolved, ...entry } = lock.packages[path];
    if (link) return visit(resolved);
    if (needed.has(path)) return;
    needed.add(path);
    const { dependencies, optionalDependencies, peerDependencies } = entry;
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies })) {
      const found = resolvedFrom(lock, path, name);
      if (found !== undefined) visit(found);
    }
  };
  for (const project of projects) visit(project);
  return needed;
}

/** Where Node finds a package: in node_modules of the folder, or of a folder above. */
function resolvedFrom({ packages }, path, name) {
  const segments = path.split('/');
  for (let count = segments.length; count >= 0; count -= 1) {
    const candidate = [...segments.slice(0, count), 'node_modules', name].join('/');
    if (candidate in packages) return candidate;
  }
  return undefined;
}
