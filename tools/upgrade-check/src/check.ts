import { randomBytes } from 'node:crypto';
import { type Account, Scene, Stage, seconds } from '@parley/faults';
import { entryIn, ROOT } from './earlier-version.js';
import { ORDERS, type Order, replace, Versions } from './replacement.js';
import { SignIns } from './sign-ins.js';

/** Half of the members wait for their own gateway while it is replaced, so that both versions always have some. */
const TRAFFIC = { members: 8, messagesPerSecond: 200, someStay: true };

/** Members that are no neighbours: before each replacement two of them follow a channel to which nobody writes yet. */
const PAIRS = [
  [0, 2],
  [1, 3],
  [4, 6],
  [5, 7],
  [0, 4],
] as const;

/** What the check of one order came to. */
export interface Outcome {
  readonly account: Account;
  /** How often a client was told to read a channel again, where it might have missed something. */
  readonly reloads: number;
  /** How many people signed up or in meanwhile. */
  readonly signIns: number;
}

/**
 * Replaces the version in `folder` by this one and back, in traffic of resuming clients, and accounts for every message.
 * @throws Error when something is not well again in time.
 */
export async function check(order: Order, folder: string, report: (line: string) => void): Promise<Outcome> {
  const versions = new Versions();
  const entry = (service: string, name: string) =>
    entryIn(versions.of(name) === 'now' ? ROOT : folder, service);
  const work = (scene: Scene) => backAndForth(scene, versions, order, report);
  // What the version before seals with; kept for one release longer.
  const settings = { SEALING_KEY: randomBytes(32).toString('base64') };
  return Stage.during({ entry, settings }, (stage) => Scene.play(stage, work, TRAFFIC));
}

async function backAndForth(
  scene: Scene,
  versions: Versions,
  order: Order,
  report: (line: string) => void,
): Promise<Outcome> {
  const { traffic, ledger } = scene;
  const signIns = new SignIns();
  await signIns.upBefore(scene.stage.urls[0]!);
  let unwritten = await traffic.followUnwritten(...PAIRS[0]);
  for (const [n, replacement] of ORDERS[order].entries()) {
    const began = performance.now();
    // Nobody writes to it in this replacement nor in the next: it is resumed without a message.
    const [one, other] = PAIRS[n + 1]!;
    const next = await traffic.followUnwritten(one, other);
    const wellMs = await replace(scene, { versions, signIns }, replacement);
    traffic.writeTo(unwritten);
    unwritten = next;
    const took = seconds(performance.now() - began);
    report(`${replacement.what} → ${replacement.to} (${took}; all well after ${Math.round(wellMs)} ms)`);
  }
  traffic.writeTo(unwritten);
  return { account: await scene.settle(), reloads: ledger.reloadCount, signIns: signIns.total };
}

/** Whether nothing was lost, doubled, out of order or refused. */
export const isUnharmed = ({ acknowledged, lost, doubled, outOfOrder, failed }: Account): boolean =>
  acknowledged > 0 && lost + doubled + outOfOrder + failed === 0;
