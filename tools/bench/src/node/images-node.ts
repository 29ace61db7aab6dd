import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const DOCKERFILE = fileURLToPath(new URL('../../../../Dockerfile', import.meta.url));

/** The image that ours begin with, such as `node:24-bookworm-slim`, and the major version of Node in it. */
export interface BaseImage {
  image: string;
  major: number;
}

/** The base of the images, as the Dockerfile has it: results are recorded on its Node. */
export function baseImage(): BaseImage {
  const [, image, major] = /^ARG NODE_IMAGE=(node:(\d+)\S*)$/m.exec(readFileSync(DOCKERFILE, 'utf8')) ?? [];
  if (image === undefined) throw new Error(`${DOCKERFILE} names no image of Node`);
  return { image, major: Number(major) };
}

export const majorOf = (version: string): number => Number.parseInt(version.replace(/^v/, ''), 10);

/** @throws Error when figures of this version of Node are not for the record */
export function refuseOtherNode(version: string): void {
  const { major } = baseImage();
  if (majorOf(version) !== major)
    throw new Error(`results are recorded on Node ${major}, as in the images, not on ${version}`);
}
