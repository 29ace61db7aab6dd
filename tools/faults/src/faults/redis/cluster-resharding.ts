import { startCluster } from '@parley/testing';
import { type Claim, type Row, wellIn } from '../../report/row.js';
import { Scene } from '../../stage/scene.js';
import { fewerReplicas } from '../../stage/stages.js';
import type { Fault } from '../fault.js';
import { repeatedly } from '../repeatedly.js';
import { nobodyReloads } from './epoch-claims.js';
import { Resharding } from './resharding.js';

const MASTERS = 3;
/** The first two steps. */
const THERE_AND_BACK = 2;
/** Deliveries work again within this time, in ms: well before the 30 s check of idle channels would run. */
const WELL_MS = 10_000;

/** All slots in use move from one master of a Cluster to the next, with channels, inboxes, request streams and subscriptions. */
export const clusterResharding: Fault = {
  name: 'cluster-resharding',
  ownStage: true,
  isLong: true,
  run: async ({ short, report }) => {
    const cluster = await startCluster({ masters: MASTERS });
    const resharding = new Resharding(cluster.nodes);
    try {
      const nodes = cluster.nodes.map(({ port }) => `127.0.0.1:${port}`);
      const settings = { REDIS_CLUSTER_NODES: nodes.join(), ...fewerReplicas(short) };
      return await Scene.playOn({ settings }, (scene) =>
        reshardIn(scene, resharding, short ? THERE_AND_BACK : THERE_AND_BACK + MASTERS, report),
      );
    } finally {
      resharding.close();
      await cluster.remove();
    }
  },
};

/**
 * The master of the general channel moves its slots to the next master, and back. Then each master moves all that it holds to
 * the next.
 */
async function reshardIn(
  scene: Scene,
  resharding: Resharding,
  times: number,
  report: (line: string) => void,
): Promise<Row[]> {
  const first = await resharding.masterOf(`{${scene.traffic.rooms[0]!.channelUUID}}`);
  const moved: Claim[] = [];
  const wellMs = await repeatedly(scene, times, report, async (time) => {
    const [from, to] = stepOf(time).map((step) => (first + step) % MASTERS) as [number, number];
    const began = performance.now();
    const { slots, subscribers } = await resharding.moveAll(from, to);
    const took = Math.round(performance.now() - began);
    await resharding.followed({ slots, subscribers }, to);
    const text = `${slots.length} slots moved in ${took} ms, and ${subscribers.size} channels of pub/sub with all of their subscribers`;
    moved.push({ text, holds: slots.length > 0 && subscribers.size > 0 });
    return undefined;
  });
  const account = await scene.settle();
  const claims = [wellIn(wellMs, WELL_MS), nobodyReloads(scene), ...moved];
  return [{ fault: 'Cluster: slots move between masters', times, account, wellMs, claims }];
}

/** From which master, and to which, each counted from the first. */
function stepOf(time: number): readonly [number, number] {
  if (time < THERE_AND_BACK) return time === 0 ? [0, 1] : [1, 0];
  return [time - THERE_AND_BACK, time - THERE_AND_BACK + 1];
}
