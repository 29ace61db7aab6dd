import { spawn } from 'node:child_process';
import { ended, runTool } from './tool-run.mjs';

/** The images that the compose files build from and run. */
const IMAGES = ['redis:7.4-bookworm', 'node:24-bookworm-slim', 'haproxy:3.0'];
/** How long a program may run before it counts as hanging, in ms. */
const [ASK_MS, PULL_MS] = [60_000, 120_000];

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
export const runCompose = () => runTool('compose-check');

async function succeeds(timeout, ...args) {
  const { code } = await ended(spawn('docker', args, { stdio: 'ignore', timeout }));
  return code === 0;
}
