import { median, type OwnCluster, startCluster } from '@parley/testing';
import { Redis } from 'ioredis';
import { atMost, type Row, wellIn } from '../report/row.js';
import { Scene } from '../stage/scene.js';
import { Bystanders } from '../witnesses/bystanders.js';
import { type Failure, Pair } from './failover.js';
import type { Fault, FaultOptions } from './fault.js';
import { repeatedly } from './repeatedly.js';

/** The Cluster's node timeout plus 10 s. */
const WELL_MS = 2_000 + 10_000;
/**
 * The longest median time of posts to other channels, in ms, while one master is away for about 5 s. Nothing reports at once
 * that a master hangs: posts that share a request with a post to it wait too, at most until the deadline.
 */
const OTHERS_MS: Record<Failure, number> = { crash: 2_000, freeze: 10_000 };
const SLOTS = 16_384;

/**
 * One of three masters crashes or hangs, and its replica takes over. It is the first one: it holds a third of the channels
 * and no request stream. Those of auth and users (slots 13741 and 14124) and of channels (8726) are on the others.
 */
export const clusterFailover: Fault = {
  name: 'cluster-failover',
  run: async (options) => [...(await failOver('crash', options)), ...(await failOver('freeze', options))],
};

async function failOver(how: Failure, { short, report }: FaultOptions): Promise<Row[]> {
  const cluster = await startCluster({ replicas: true });
  try {
    const nodes = [...cluster.nodes, ...cluster.replicas].map(({ port }) => `127.0.0.1:${port}`);
    return await Scene.playOn({ settings: { REDIS_CLUSTER_NODES: nodes.join() } }, (scene) =>
      failOverIn(scene, cluster, how, short ? 1 : 4, report),
    );
  } finally {
    await cluster.remove();
  }
}

async function failOverIn(
  scene: Scene,
  cluster: OwnCluster,
  how: Failure,
  times: number,
  report: (line: string) => void,
): Promise<Row[]> {
  const pair = new Pair([cluster.nodes[0]!, cluster.replicas[0]!]);
  const bystanders = await Bystanders.elsewhere(scene, (channelUUID) => isElsewhere(cluster, channelUUID));
  const wellMs: number[] = [];
  for (let time = 0; time < times; time += 1) {
    if (time > 0) await pair.isWhole(time - 1);
    const [ms] = await repeatedly(scene, 1, report, async () => {
      await pair.fail(time, how);
      bystanders.watch();
      return undefined;
    });
    bystanders.unwatch();
    wellMs.push(ms!);
    await pair.wake(time, how);
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
      OTHERS_MS[how],
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
