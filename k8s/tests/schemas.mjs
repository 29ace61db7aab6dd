import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { folder } from './manifests.mjs';

const root = join(folder, '..');
const operator = '@kubernetes-models/prometheus-operator/';

/** The module of an object's model, for the newest Kubernetes or the Prometheus operator. */
const modelOf = ({ apiVersion, kind }) =>
  `${apiVersion.startsWith('monitoring.coreos.com/') ? operator : 'kubernetes-models/'}${apiVersion}/${kind}`;

/** The module of its type for Kubernetes 1.30; undefined for kinds that are not part of Kubernetes. */
function oldTypeOf({ apiVersion }) {
  const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : ['core', apiVersion];
  if (group === 'monitoring.coreos.com') return undefined;
  return `kubernetes-types/${group.replace('.k8s.io', '')}/${version}.d.ts`;
}

const nameOf = ({ kind, metadata }) => `${kind} ${metadata.name}`;

/**
 * The faults that the schemas of the newest Kubernetes find: missing fields, types, formats, ranges.
 * They accept unknown fields; {@link typeFaults} finds those.
 */
export async function valueFaults(objects) {
  const faults = [];
  for (const object of objects) {
    const { [object.kind]: Model } = await import(modelOf(object));
    try {
      new Model(object).validate();
    } catch (error) {
      faults.push(`${nameOf(object)}: ${error.message}`);
    }
  }
  return faults;
}

/** The compiler's errors when each object is a literal of its type, for Kubernetes 1.30 and the newest. They include unknown fields. */
export function typeFaults(objects) {
  const place = mkdtempSync(join(root, 'node_modules/.manifests-'));
  try {
    writeFileSync(join(place, 'objects.ts'), objects.map(declaration).join('\n'));
    const flags =
      '--noEmit --ignoreConfig --strict --skipLibCheck --module nodenext --pretty false --types'.split(' ');
    const { stdout, status } = spawnSync(join(root, 'node_modules/.bin/tsc'), [...flags, '', 'objects.ts'], {
      cwd: place,
      encoding: 'utf8',
    });
    const faults = [...stdout.matchAll(/^objects\.ts\((\d+).*/gm)];
    if (status !== 0 && faults.length === 0) throw new Error(`tsc: ${stdout}`);
    return faults.map(([line, number]) => `${nameOf(objects[Number(number) - 1])}: ${line}`);
  } finally {
    rmSync(place, { recursive: true, force: true });
  }
}

/** One line per object, so that a line number identifies it. */
function declaration(object, index) {
  const { kind } = object;
  const old = oldTypeOf(object);
  const literal = JSON.stringify(object);
  const of130 = old ? `export const old${index}: import(${JSON.stringify(old)}).${kind} = ${literal}; ` : '';
  return `${of130}export const new${index}: import(${JSON.stringify(modelOf(object))}).I${kind} = ${literal};`;
}
