import { dirname } from 'node:path/posix';

/** How many sources a folder may hold, so that a reader takes it in at a glance. */
const MAX_SOURCES = 30;

/**
 * The folders that are too large, one line for each.
 * @param {string[]} sources paths of source files, without tests and fixtures
 * @returns {string[]}
 */
export function folderFaults(sources) {
  const counts = new Map();
  for (const file of sources) counts.set(dirname(file), (counts.get(dirname(file)) ?? 0) + 1);
  return [...counts]
    .filter(([, count]) => count > MAX_SOURCES)
    .map(([folder, count]) => `${folder} holds ${count} source files; ${MAX_SOURCES} is the most: divide it`);
}
