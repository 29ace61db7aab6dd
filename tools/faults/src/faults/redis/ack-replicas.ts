import { type OwnSentinel, startSentinel } from '@parley/testing';
import { type Row, wellIn } from '../../report/row.js';
import { Scene } from '../../stage/scene.js';
import { Stage } from '../../stage/stage.js';
import { fewerReplicas } from '../../stage/stages.js';
import type { Fault, FaultOptions } from '../fault.js';
import { repeatedly } from '../repeatedly.js';
import { toldByEpoch } from './epoch-claims.js';
import { Pair } from './failover.js';

/** The crash, the fail-over, the start of the former master and its first copy of the data. */
const WELL_MS = 20_000;
/** A client posts its messages of one channel one after the other, and each waits for a replica: on a busy machine for long. */
const TRAFFIC = { messagesPerSecond: 20 };
/** How long the master is alone before it crashes, in ms: less than the Sentinel takes to notice that a server hangs. */
const APART_MS = 300;

/**
 * A master crashes a moment after it has lost its replica: what it stored meanwhile is lost. With ACK_REPLICAS=1,
 * nothing of that was acknowledged.
 */
export const ackReplicas: Fault = {
  name: 'ack-replicas',
  ownStage: true,
  isLong: true,
  run: async (options) => [...(await crashes(1, options)), ...(await crashes(0, options))],
};

async function crashes(acks: 0 | 1, options: FaultOptions): Promise<Row[]> {
  const redis = await startSentinel();
  const settings = {
    REDIS_SENTINELS: redis.sentinels.map(({ host, port }) => `${host}:${port}`).join(),
    REDIS_SENTINEL_NAME: redis.name,
    ACK_REPLICAS: String(acks),
    ...fewerReplicas(options.short),
  };
  try {
    return await Stage.during({ settings }, (stage) =>
      Scene.play(stage, (scene) => crashIn(scene, redis, acks, options), TRAFFIC),
    );
  } finally {
    await redis.remove();
  }
}

async function crashIn(
  scene: Scene,
  redis: OwnSentinel,
  acks: 0 | 1,
  { short, report }: FaultOptions,
): Promise<Row[]> {
  const times = short ? 1 : 4;
  const pair = new Pair([redis.master, redis.replica]);
  const wellMs: number[] = [];
  for (let time = 0; time < times; time += 1) {
    await pair.isWhole();
    const [ms] = await repeatedly(scene, 1, report, async () => {
      await pair.crashAlone(APART_MS);
      // Without a replica, nothing is acknowledged.
      return { back: pair.follow() };
    });
    wellMs.push(ms!);
  }
  const account = await scene.settle(acks === 0 ? pair.mayLose : undefined);
  const claims = [wellIn(wellMs, WELL_MS), toldByEpoch(scene, times)];
  if (acks === 0) claims.push({ text: 'messages were lost indeed', holds: account.lostAsDocumented > 0 });
  const fault = `Sentinel: the master crashes without its replica, ACK_REPLICAS=${acks}`;
  return [{ fault, times, account, wellMs, claims }];
}
