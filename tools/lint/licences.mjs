import { lockedPackages, readLock } from './lockfile.mjs';

/**
 * Licences, by their SPDX ids, that let anyone use and pass on a package with ours, if the notice goes along: the image keeps the
 * files that hold them. A new one needs a look at its text, and a line here.
 */
const ALLOWED = [
  '0BSD',
  'Apache-2.0',
  'BlueOak-1.0.0',
  'BSD-2-Clause',
  'BSD-3-Clause',
  'CC0-1.0',
  'ISC',
  'MIT',
  'Python-2.0',
  'Unlicense',
  'Zlib',
];
/** Those of what is used only while developing, and is not passed on. */
const ALLOWED_FOR_TOOLS = [...ALLOWED, 'CC-BY-4.0', 'MPL-2.0'];

/** Packages that may run a program when they are installed. The image is built without. */
const MAY_RUN_SCRIPTS = ['@parcel/watcher', '@swc/core', 'cpu-features', 'nx', 'protobufjs', 'ssh2'];

/**
 * What is wrong with the packages of others: an unknown licence, contents without a hash, a program at installation. One line
 * for each; none without a lock file.
 * @param {string} root the workspace
 * @returns {string[]}
 */
export function packageFaults(root) {
  const lock = readLock(root);
  return lock === undefined ? [] : lockedPackages(lock, root).flatMap(faultsOf);
}

/** @param {import('./lockfile.mjs').LockedPackage} locked */
function faultsOf(locked) {
  // npm learns licence and hash of what another platform needs when it is installed there.
  const isElsewhere = locked.isOptional && !locked.isHere;
  const { name, version, licence, isDev } = locked;
  const faults = [];
  if (!(isElsewhere && licence === undefined) && !isAllowed(licence, isDev))
    faults.push(`has the licence ${licence ?? '(none)'}, which tools/lint/licences.mjs does not list`);
  if (!isElsewhere && !locked.hasIntegrity) faults.push('has no integrity in package-lock.json');
  if (locked.runsScript && !MAY_RUN_SCRIPTS.includes(name))
    faults.push('runs a program when it is installed, and tools/lint/licences.mjs does not list it');
  return faults.map((fault) => `${name}@${version} ${fault}`);
}

/** Every licence in the expression counts, also where one could choose. */
function isAllowed(licence, isDev) {
  const ids = (licence ?? '').split(/\s+(?:AND|OR)\s+|[()\s]+/).filter((id) => id !== '');
  const allowed = isDev ? ALLOWED_FOR_TOOLS : ALLOWED;
  return ids.length > 0 && ids.every((id) => allowed.includes(id));
}
