// npm run sbom: writes what the image is made of into the folder sbom (`-- --folder <path>`: another one): parley.cdx.json, a bill of
// materials in CycloneDX, and licences.md. The operating system of the base image is not in it: docs/operations.md, "Supply chain".
import './node-version.mjs';
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { lockedPackages, nameOf, readLock } from '../tools/lint/lockfile.mjs';
import { pathsInImage } from './image-packages.mjs';
import { ended } from './tool-run.mjs';
import { install, progress, root } from './workspace.mjs';

const { folder } = parseArgs({ options: { folder: { type: 'string', default: 'sbom' } } }).values;
const NPM_SBOM = ['sbom', '--sbom-format=cyclonedx', '--sbom-type=application', '--package-lock-only'];

// npm reads the licences of some packages from where they are installed.
await install();
const lock = readLock(root);
const needed = pathsInImage(lock);
const packages = lockedPackages(lock, root).filter(({ path }) => needed.has(path));
const bill = reduced(await npmBill(), idsOf(needed));

mkdirSync(resolve(folder), { recursive: true });
write('parley.cdx.json', `${JSON.stringify(bill, null, 2)}\n`);
write('licences.md', licenceList(packages));
progress(`${folder}: ${bill.components.length} components`);

function write(name, text) {
  writeFileSync(join(resolve(folder), name), text);
}

/** What npm knows of the whole workspace. It cannot leave out what only tests of our own projects need. */
async function npmBill() {
  const child = spawn('npm', NPM_SBOM, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
  const { code, output } = await ended(child);
  if (code !== 0) throw new Error(`npm sbom ended with ${code}`);
  return JSON.parse(output);
}

/** As npm names components: `name@version`. */
function idsOf(paths) {
  const entries = [...paths].map((path) => [path, lock.packages[path]]);
  return new Set(entries.map(([path, entry]) => `${nameOf(path, entry)}@${entry.version}`));
}

/** The bill with these components and the root alone. */
function reduced({ components, dependencies, metadata, ...rest }, ids) {
  const rootId = metadata.component['bom-ref'];
  const isKept = (id) => ids.has(id);
  return {
    ...rest,
    metadata: { ...metadata, component: named(metadata.component) },
    components: components.filter((component) => isKept(component['bom-ref'])).map(named),
    dependencies: dependencies
      .filter(({ ref }) => ref === rootId || isKept(ref))
      .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter(isKept) })),
  };
}

/** npm names what is not published by its folder, but refers to it by its package's name. */
function named(component) {
  const id = component['bom-ref'];
  return { ...component, name: id.slice(0, id.lastIndexOf('@')) };
}

/** The packages of others by licence. */
function licenceList(all) {
  const byLicence = new Map();
  for (const each of all) {
    const licence = each.licence ?? 'Only for other platforms';
    byLicence.set(licence, [...(byLicence.get(licence) ?? []), each]);
  }
  const sections = [...byLicence]
    .sort(([one], [other]) => one.localeCompare(other))
    .map(([licence, its]) => `## ${licence}\n\n${lines(its).join('\n')}\n`);
  const title = '# Packages of others in the image, by licence';
  const note = 'The files with their notices are in the image: `node_modules/<name>/LICENSE*`.';
  return [`${title}\n\n${note}\n`, ...sections].join('\n');
}

/** A package that is there twice is listed once. */
function lines(packages) {
  const names = packages.map(({ name, version }) => `- ${name} ${version}`);
  return [...new Set(names)].sort((one, other) => one.localeCompare(other));
}
