import { startSentinel } from '@parley/testing';
import { type Row, wellIn } from '../../report/row.js';
import { Scene } from '../../stage/scene.js';
import { Stage } from '../../stage/stage.js';
import { fewerReplicas } from '../../stage/stages.js';
import type { Fault } from '../fault.js';
import { repeatedly } from '../repeatedly.js';
import { toldByEpoch } from './epoch-claims.js';
import { type Failure, Pair } from './failover.js';

/** The Sentinel's `down-after-milliseconds` plus 10 s. */
const WELL_MS = 500 + 10_000;

/** A master watched by Sentinel crashes or hangs. */
export const sentinelFailover: Fault = {
  name: 'sentinel-failover',
  ownStage: true,
  run: async ({ short, report }) => {
    const redis = await startSentinel();
    try {
      const sentinels = redis.sentinels.map(({ host, port }) => `${host}:${port}`).join();
      const named = { REDIS_SENTINELS: sentinels, REDIS_SENTINEL_NAME: redis.name };
      const pair = new Pair([redis.master, redis.replica]);
      const failOver = (stage: Stage, how: Failure) =>
        Scene.play(stage, (scene) => failOverIn(scene, pair, how, short ? 1 : 4, report));
      return await Stage.during({ settings: { ...named, ...fewerReplicas(short) } }, async (stage) => [
        ...(await failOver(stage, 'crash')),
        ...(await failOver(stage, 'freeze')),
      ]);
    } finally {
      await redis.remove();
    }
  },
};

async function failOverIn(
  scene: Scene,
  pair: Pair,
  how: Failure,
  times: number,
  report: (line: string) => void,
): Promise<Row[]> {
  const wellMs: number[] = [];
  for (let time = 0; time < times; time += 1) {
    await pair.isWhole();
    const [ms] = await repeatedly(scene, 1, report, async () => {
      await pair.fail(how);
      return undefined;
    });
    wellMs.push(ms!);
    await pair.wake(how);
    // Replies of the former master, when it wakes, must do no harm.
    await scene.traffic.wellAgain();
  }
  const account = await scene.settle(pair.mayLose);
  const claims = [wellIn(wellMs, WELL_MS), toldByEpoch(scene, times)];
  const fault = how === 'crash' ? 'Sentinel: the master crashes' : 'Sentinel: the master hangs';
  return [{ fault, times, account, wellMs, claims }];
}
