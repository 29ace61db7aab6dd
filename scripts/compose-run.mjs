import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { root } from './workspace.mjs';

/** The images that the compose files build from and run. */
const IMAGES = ['redis:7.4-bookworm', 'node:24-bookworm-slim', 'haproxy:3.0'];
/** How long a program may run before it counts as hanging, in ms. */
const [ASK_MS, PULL_MS, RUN_MS] = [60_000, 120_000, 1_200_000];
/** The exit code of `npm run compose-check` when there is no docker compose. */
const NO_COMPOSE = 2;

/**
 * Why the compose files cannot run here, or undefined if they can. They need an engine that has the images or can
 * pull them, and containers that can reach npm's registry, because the image is built from it.
 */
export async function composeObstacle() {
  if (!(await succeeds(ASK_MS, 'info'))) return 'No Docker engine answers';
  for (const image of IMAGES) {
    const isHere = await succeeds(ASK_MS, 'image', 'inspect', image);
    if (!isHere && !(await succeeds(PULL_MS, 'pull', '-q', image))) return `The image ${image} is missing`;
  }
  const asks = await succeeds(ASK_MS, 'run', '--rm', IMAGES[1], 'npm', 'view', 'yaml', 'version');
  return asks ? undefined : 'No container runs, or none can reach the registry';
}

/** Runs the compose check and shows its output. @returns how many checks passed and failed. */
export async function runCompose() {
  const main = join(root, 'tools/compose-check/dist/main.js');
  const { code, output } = await ended(
    spawn(process.execPath, [main], { cwd: root, stdio: ['ignore', 'pipe', 'inherit'], timeout: RUN_MS }),
    (chunk) => process.stdout.write(chunk),
  );
  const counts = /^(\d+) checks passed, (\d+) failed/m.exec(output);
  if (counts) return { passed: Number(counts[1]), failed: Number(counts[2]) };
  // Without a count, it was cut off or crashed.
  return { passed: 0, failed: code === NO_COMPOSE ? 0 : 1 };
}

async function succeeds(timeout, ...args) {
  const { code } = await ended(spawn('docker', args, { stdio: 'ignore', timeout }));
  return code === 0;
}

function ended(child, show = () => {}) {
  let output = '';
  child.stdout?.setEncoding('utf8').on('data', (chunk) => {
    output += chunk;
    show(chunk);
  });
  return new Promise((resolve) => {
    child.on('error', () => resolve({ code: 127, output }));
    child.on('close', (code) => resolve({ code, output }));
  });
}
