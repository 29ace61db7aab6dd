import { COMPOSE_FILES } from './environment-file.mjs';

/** The files that name images of others. */
export const IMAGE_FILES = [...new Set(Object.values(COMPOSE_FILES).flat())];

const DIGEST = /^sha256:[0-9a-f]{64}$/;

/**
 * The images of others that the compose files run, or build on, by the variable that replaces each.
 * @param {string[]} texts the compose files
 * @returns {Record<string, string>} name of the variable → image with its tag
 */
export function imagesIn(texts) {
  const found = texts.flatMap((text) => [...text.matchAll(/\$\{([A-Z]+_IMAGE):-([^}]+)\}/g)]);
  const ofOthers = found.filter(([, name]) => name !== 'PARLEY_IMAGE');
  return Object.fromEntries(ofOthers.map(([, name, image]) => [name, image]));
}

/**
 * An image by its tag and the digest of what the engine got for it. Whoever reads it sees the version, and the engine accepts
 * nothing else.
 * @param {string} image with its tag, perhaps with an old digest
 * @param {string[]} repoDigests what the engine reports: `name@sha256:…` for each name under which it has the image
 * @throws Error when it has none for this name: the image came from no registry
 */
export function pinned(image, repoDigests) {
  const tagged = withoutDigest(image);
  const entries = repoDigests.map((each) => each.split('@'));
  const found = entries.find(([name, digest]) => isSameName(name, nameOf(tagged)) && DIGEST.test(digest));
  if (found === undefined) throw new Error(`${tagged} has no digest: it was not pulled from a registry`);
  return `${tagged}@${found[1]}`;
}

/** The colon of a registry's port comes before a slash. */
const nameOf = (tagged) => tagged.replace(/:[^:/]*$/, '');

/** Some engines report `docker.io/library/redis` for `redis`. */
const isSameName = (reported, name) =>
  reported === name || reported === `docker.io/library/${name}` || reported === `docker.io/${name}`;

/** An image as it was before it was pinned. */
export const withoutDigest = (image) => image.split('@')[0];

/**
 * The same images as the section `images` of a kustomization.
 * @param {Record<string, string>} images name of the variable → image with its digest
 * @param {string[]} names those that the manifests name
 */
export function kustomizeImages(images, names) {
  const entries = Object.values(images).map((image) => {
    const [tagged, digest] = image.split('@');
    return { name: nameOf(tagged), digest };
  });
  const used = entries.filter(({ name }) => names.includes(name));
  const lines = used.flatMap(({ name, digest }) => [`  - name: ${name}`, `    digest: ${digest}`]);
  return ['images:', ...lines].join('\n');
}
