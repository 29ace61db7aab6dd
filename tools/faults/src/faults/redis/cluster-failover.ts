import { median, type OwnCluster, startCluster } from '@parley/testing';
import { Redis } from 'ioredis';
import { atMost, type Row, wellIn } from '../../report/row.js';
import { Scene } from '../../stage/scene.js';
import { Stage } from '../../stage/stage.js';
import { fewerReplicas } from '../../stage/stages.js';
import { Bystanders } from '../../witnesses/bystanders.js';
import type { Fault } from '../fault.js';
import { repeatedly } from '../repeatedly.js';
import { type Failure, Pair } from './failover.js';

/** The Cluster's node timeout plus 10 s. */
const WELL_MS = 2_000 + 10_000;
/**
 * The longest median time of posts to other channels, in ms, while one master is away for about 5 s; half of the time until
 * all is well counts in its place where that is longer, as on a busy machine. Nothing reports at once that a master hangs:
 * posts that share a request with a post to it wait too, at most until the deadline.
 */
const OTHERS_MS: Record<Failure, number> = { crash: 2_000, freeze: 10_000 };
const SLOTS = 16_384;

/**
 * One of three masters crashes or hangs, and its replica takes over. It is the first one: it holds a third of the channels
 * and no request stream. Those of auth and users (slots 13741 and 14124) and of channels (8726) are on the others.
 */
export const clusterFailover: Fault = {
  name: 'cluster-failover',
  ownStage: true,
  isLong: true,
  run: async ({ short, report }) => {
    const cluster = await startCluster({ replicas: true });
    try {
      const nodes = [...cluster.nodes, ...cluster.replicas].map(({ port }) => `127.0.0.1:${port}`);
      const settings = { REDIS_CLUSTER_NODES: nodes.join(), ...fewerReplicas(short) };
      const pair = new Pair([cluster.nodes[0]!, cluster.replicas[0]!]);
      const failOver = (stage: Stage, how: Failure) =>
        Scene.play(stage, (scene) => failOverIn(scene, cluster, pair, how, short ? 1 : 4, report));
      return await Stage.during({ settings }, async (stage) => [
        ...(await failOver(stage, 'crash')),
        ...(await failOver(stage, 'freeze')),
      ]);
    } finally {
      await cluster.remove();
    }
  },
};

async function failOverIn(
  scene: Scene,
  cluster: OwnCluster,
  pair: Pair,
  how: Failure,
  times: number,
  report: (line: string) => void,
): Promise<Row[]> {
  const bystanders = await Bystanders.elsewhere(scene, (channelUUID) => isElsewhere(cluster, channelUUID));
  const wellMs: number[] = [];
  for (let time = 0; time < times; time += 1) {
    await pair.isWhole();
    const [ms] = await repeatedly(scene, 1, report, async () => {
      await pair.fail(how);
      bystanders.watch();
      return undefined;
    });
    bystanders.unwatch();
    wellMs.push(ms!);
    await pair.wake(how);
    await scene.traffic.wellAgain();
  }
  await bystanders.leave();
  const account = await scene.settle(pair.mayLose);
  const tookMs = bystanders.watched;
  const claims = [
    wellIn(wellMs, WELL_MS),
    atMost(
      `${tookMs.length} posts to channels elsewhere meanwhile, the slowest ${Math.round(Math.max(...tookMs))} ms, the middle one`,
      median(tookMs),
      Math.round(Math.max(OTHERS_MS[how], Math.max(...wellMs) / 2)),
      'ms',
    ),
  ];
  const fault = `Cluster: one of three masters ${how === 'crash' ? 'crashes' : 'hangs'}`;
  return [{ fault, times, account, wellMs, claims }];
}

/** Whether a channel's keys are on a master other than the first. */
async function isElsewhere({ nodes }: OwnCluster, channelUUID: string): Promise<boolean> {
  const client = new Redis(nodes[1]!.url);
  try {
    const slot = (await client.call('CLUSTER', 'KEYSLOT', `{${channelUUID}}`)) as number;
    return slot >= Math.ceil(SLOTS / nodes.length);
  } finally {
    client.disconnect();
  }
}
