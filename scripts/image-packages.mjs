import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { neededBy } from '../tools/lint/lockfile.mjs';
import { root } from './workspace.mjs';

/**
 * What the Dockerfile installs: npm itself cannot tell, because it counts what our tools need with what runs.
 * @returns {Set<string>} paths in that lock file, those of our own projects included
 */
export function pathsInImage(lock) {
  const [, projects] = /^ARG PROJECTS="(.+)"$/m.exec(readFileSync(join(root, 'Dockerfile'), 'utf8'));
  return neededBy(lock, projects.split(' '));
}
