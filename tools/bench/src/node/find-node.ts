import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { UsageError } from '../command/usage-error.js';
import { type BaseImage, majorOf } from './images-node.js';

/** The folder under the workspace's root that keeps what was taken out of images. */
const CACHE = fileURLToPath(new URL('../../../../.cache/node', import.meta.url));
/** Where the program is in the image. */
const IN_IMAGE = '/usr/local/bin/node';

/** Which Node is looked for. */
export interface Quest {
  /** The program that the command line names. */
  given?: string;
  /** The result is recorded, so the Node has to be that of the images. */
  recording: boolean;
  base: BaseImage;
  /** The version of this process. */
  own?: string;
  cacheFolder?: string;
  /** Docker's client. */
  docker?: string;
}

/**
 * Finds the Node to run a benchmark on: the one given, this process's own, or one taken out of the image.
 * @returns the program; undefined when this process will do
 * @throws UsageError that says what to do, when there is none
 */
export async function findNode(quest: Quest): Promise<string | undefined> {
  const { given, recording, base, own = process.versions.node } = quest;
  if (given === undefined && (!recording || majorOf(own) === base.major)) return undefined;
  const program = given ?? (await outOfImage(quest));
  const version = await versionOf(program);
  if (recording && majorOf(version) !== base.major)
    throw new UsageError(`${program} is Node ${version}; results are recorded on ${base.major}`);
  return program;
}

async function versionOf(program: string): Promise<string> {
  try {
    return (await run(program, '--version')).replace(/^v/, '');
  } catch (error) {
    throw new UsageError(`${program} does not run as Node: ${(error as Error).message.trim()}`);
  }
}

/** Takes Node out of the image, unless that was done before. */
async function outOfImage({ base: { image, major }, cacheFolder = CACHE, docker = 'docker' }: Quest) {
  try {
    const id = await idOf(docker, image);
    const folder = join(cacheFolder, id.replace(/^sha256:/, '').slice(0, 16));
    const program = join(folder, 'node');
    if (existsSync(program)) return program;
    await mkdir(folder, { recursive: true });
    const container = await run(docker, 'create', image);
    try {
      await run(docker, 'cp', `${container}:${IN_IMAGE}`, `${program}.part`);
    } finally {
      await run(docker, 'rm', container);
    }
    // Only a whole program has the name.
    await rename(`${program}.part`, program);
    return program;
  } catch (error) {
    const reason = (error as Error).message.trim();
    throw new UsageError(
      `Results are recorded on Node ${major}. Name one with --node <path>: none came out of ${image} (${reason})`,
    );
  }
}

/** The image's id. Fetches the image when it is missing. */
async function idOf(docker: string, image: string): Promise<string> {
  const inspect = () => run(docker, 'image', 'inspect', '--format', '{{.Id}}', image);
  return inspect().catch(async () => {
    await run(docker, 'pull', '-q', image);
    return inspect();
  });
}

async function run(file: string, ...args: string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(file, args);
  return stdout.trim();
}
