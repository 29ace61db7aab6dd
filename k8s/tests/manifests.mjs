import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse, parseAllDocuments } from 'yaml';
import { makeSecrets } from '../secrets.mjs';

export const folder = join(dirname(fileURLToPath(import.meta.url)), '..');

/** Whether kubectl, which renders the overlays, is on this machine. */
export const kubectlIsHere = spawnSync('kubectl', ['version', '--client']).status === 0;

/** The objects of a file, as written. */
export function objectsOf(path) {
  return parseAllDocuments(readFileSync(join(folder, path), 'utf8')).map((document) => {
    if (document.errors.length > 0) throw document.errors[0];
    return document.toJS();
  });
}

/**
 * Every complete object of the base and of the components, as written: the ones that can be checked without kubectl.
 * @param {string[]} parts other folders than these two
 */
export function writtenObjects(parts = ['base', 'components']) {
  const kustomizations = readdirSync(folder, { recursive: true }).filter(
    (path) => parts.includes(path.split('/')[0]) && path.endsWith('kustomization.yaml'),
  );
  return kustomizations.flatMap((path) => {
    const { resources = [] } = parse(readFileSync(join(folder, path), 'utf8'));
    const files = resources.filter((resource) => resource.endsWith('.yaml'));
    return files.flatMap((file) => objectsOf(join(dirname(path), file)));
  });
}

/**
 * The objects of an overlay with secrets made for it, as `kubectl kustomize` renders them.
 * @param {string} overlay
 * @param {(text: string) => string} change applied to its kustomization.yaml first
 */
export async function renderOverlay(overlay, change = (text) => text) {
  const copy = mkdtempSync(join(tmpdir(), 'k8s-'));
  try {
    for (const part of ['base', 'components', 'overlays']) {
      cpSync(join(folder, part), join(copy, part), {
        recursive: true,
        filter: (path) => !path.endsWith('secrets'),
      });
    }
    const path = join(copy, 'overlays', overlay);
    const file = join(path, 'kustomization.yaml');
    writeFileSync(file, change(readFileSync(file, 'utf8')));
    await makeSecrets(join(path, 'secrets'), 'chat');
    const text = execFileSync('kubectl', ['kustomize', path], { encoding: 'utf8', maxBuffer: 2 ** 24 });
    return parseAllDocuments(text).map((document) => document.toJS());
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}
