import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Measured } from '../measuring/rounds.js';
import { refuseOtherNode } from '../node/images-node.js';

/** The result of a benchmark in `tools/bench/results`. */
export interface Result {
  name: string;
  measuredAt: string;
  machine: { cpu: string; cores: number; memoryGiB: number; linux: string; node: string };
  versions: Record<string, string>;
  rounds: number;
  /** How long each measurement took. */
  seconds: number;
  /** Load average when the run began: on a busy machine the figures mean little. */
  loadBefore: number;
  measured: Measured[];
}

type Machine = Result['machine'];

const FOLDER = new URL('../../results/', import.meta.url);
const PACKAGES = [
  'ws',
  'socket.io',
  '@socket.io/redis-adapter',
  '@socket.io/redis-streams-adapter',
  '@nestjs/core',
  '@nestjs/platform-ws',
];

const fileOf = (name: string) => fileURLToPath(new URL(`${name}.json`, FOLDER));

function thisMachine(): Machine {
  const [cpu] = cpus();
  return {
    cpu: cpu?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    linux: release(),
    node: process.versions.node,
  };
}

/** Whether a result's figures may stand beside those that are measured here now: the same processor, cores and Node. */
export function isComparable({ machine: { cpu, cores, node } }: Pick<Result, 'machine'>): boolean {
  const here = thisMachine();
  return cpu === here.cpu && cores === here.cores && node === here.node;
}

/** Describes the run that begins now, except its figures. */
export function beginResult(name: string, rounds: number, seconds: number): Omit<Result, 'measured'> {
  return {
    name,
    measuredAt: new Date().toISOString(),
    machine: thisMachine(),
    versions: Object.fromEntries(PACKAGES.map((each) => [each, versionOf(each)])),
    rounds,
    seconds,
    loadBefore: loadavg()[0]!,
  };
}

function versionOf(name: string): string {
  const require = createRequire(import.meta.url);
  // A package may not export its package.json, so this reads it from the folders that Node searches.
  const folders = require.resolve.paths(name) ?? [];
  const file = folders.map((folder) => `${folder}/${name}/package.json`).find(existsSync);
  if (!file) throw new Error(`${name} is not installed`);
  return (require(file) as { version: string }).version;
}

/** Records a result. @throws Error when it was not measured on the Node of the images */
export async function writeResult(result: Result): Promise<void> {
  refuseOtherNode(result.machine.node);
  await mkdir(FOLDER, { recursive: true });
  await writeFile(fileOf(result.name), `${JSON.stringify(result, undefined, 2)}\n`);
}

/** The recorded result of a benchmark; undefined when it was never recorded. */
export async function readResult(name: string): Promise<Result | undefined> {
  const file = fileOf(name);
  return existsSync(file) ? (JSON.parse(await readFile(file, 'utf8')) as Result) : undefined;
}
