import type { MayLose } from '../../ledger/entries.js';
import { type Row, wellIn } from '../../report/row.js';
import { Scene } from '../../stage/scene.js';
import { Stage } from '../../stage/stage.js';
import { fewerReplicas } from '../../stage/stages.js';
import type { Fault, FaultOptions } from '../fault.js';
import { repeatedly } from '../repeatedly.js';
import { nobodyReloads, toldByEpoch } from './epoch-claims.js';
import { TwoServers } from './two-servers.js';

/** Posts that the master acknowledges and its replica never gets. */
const LOST_POSTS = 40;
/** Services and gateways find Redis again within this time, in ms. */
const WELL_MS = 10_000;
/** The clocks of the test and of Redis are one; an ack takes a moment, in ms. */
const MOMENT_MS = 50;

/** Fail-overs between two servers that both keep running: two in a row that lose posts, and single ones that lose nothing. */
export const twoFailovers: Fault = {
  name: 'two-failovers',
  ownStage: true,
  isLong: true,
  run: async (options) => {
    const servers = await TwoServers.start();
    try {
      const settings = { REDIS_URL: servers.url, ...fewerReplicas(options.short) };
      return await Stage.during({ settings }, async (stage) => [
        ...(await Scene.play(stage, (scene) => failTwiceIn(scene, servers, options))),
        ...(await Scene.play(stage, (scene) => failWithoutLossIn(scene, servers, options))),
      ]);
    } finally {
      await servers.remove();
    }
  },
};

/**
 * A acknowledges posts that B does not get. B takes over, A follows it, nobody posts, and A takes over again: the same process
 * as before, without those posts.
 */
async function failTwiceIn(
  scene: Scene,
  servers: TwoServers,
  { short, report }: FaultOptions,
): Promise<Row[]> {
  const times = short ? 1 : 5;
  const lost: { readonly from: number; readonly to: number }[] = [];
  const wellMs = await repeatedly(scene, times, report, async () => {
    const from = Date.now() - MOMENT_MS;
    await servers.split();
    await scene.traffic.more(LOST_POSTS);
    servers.cut();
    lost.push({ from, to: Date.now() + MOMENT_MS });
    await servers.failOver();
    await servers.failOver();
    servers.restore();
    return undefined;
  });
  const mayLose: MayLose = ({ storedAt }) => lost.some(({ from, to }) => storedAt >= from && storedAt <= to);
  const account = await scene.settle(mayLose);
  const claims = [
    wellIn(wellMs, WELL_MS),
    toldByEpoch(scene, times),
    { text: 'messages were lost indeed', holds: account.lostAsDocumented > 0 },
  ];
  return [{ fault: 'two fail-overs in a row, A to B to A', times, account, wellMs, claims }];
}

/** The replica has everything when it takes over. */
async function failWithoutLossIn(
  scene: Scene,
  servers: TwoServers,
  { short, report }: FaultOptions,
): Promise<Row[]> {
  const times = short ? 1 : 5;
  const wellMs = await repeatedly(scene, times, report, async () => {
    servers.cut();
    await servers.areLevel();
    await servers.failOver();
    servers.restore();
    return undefined;
  });
  const account = await scene.settle();
  const claims = [wellIn(wellMs, WELL_MS), toldByEpoch(scene, times), nobodyReloads(scene)];
  return [{ fault: 'a fail-over that loses nothing', times, account, wellMs, claims }];
}
