// npm run pin-images: pulls each image of others that the compose files run or build on, and names it by its digest in .env
// (`--file <path>`: another one). A registry then cannot serve something else under the same tag. It needs a Docker engine that
// reaches a registry. `--update` forgets the digests until now first. The last lines are the same images for a kustomization.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { withValues } from './environment-file.mjs';
import { IMAGE_FILES, imagesIn, kustomizeImages, pinned, withoutDigest } from './image-digests.mjs';

/** What the manifests of Kubernetes name besides our own image. */
const IN_MANIFESTS = ['redis'];

const { file, update } = parseArgs({
  options: { file: { type: 'string', default: '.env' }, update: { type: 'boolean', default: false } },
}).values;

if (!existsSync(file)) {
  console.error(`There is no ${file}: run "npm run env" first.`);
  process.exit(1);
}
const text = readFileSync(file, 'utf8');
const root = new URL('../', import.meta.url);
const defaults = imagesIn(IMAGE_FILES.map((name) => readFileSync(new URL(name, root), 'utf8')));
const images = Object.fromEntries(Object.keys(defaults).map((name) => [name, digestOf(wanted(name))]));
writeFileSync(`${file}.new`, withValues(text, images), { mode: 0o600 });
renameSync(`${file}.new`, file);
for (const [name, image] of Object.entries(images)) console.log(`${name}=${image}`);
console.log(`\nFor an overlay of Kubernetes:\n${kustomizeImages(images, IN_MANIFESTS)}`);

/** What .env names, or the default of the compose files. */
function wanted(name) {
  const image = new RegExp(`^${name}=(.+)$`, 'm').exec(text)?.[1] ?? defaults[name];
  return update ? withoutDigest(image) : image;
}

function digestOf(image) {
  docker('pull', '--quiet', image);
  return pinned(image, JSON.parse(docker('image', 'inspect', '--format', '{{json .RepoDigests}}', image)));
}

function docker(...args) {
  return execFileSync('docker', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
}
