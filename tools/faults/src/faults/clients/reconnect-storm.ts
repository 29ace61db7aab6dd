import { atMost, type Claim } from '../../report/row.js';
import { Scene } from '../../stage/scene.js';
import { Crowd } from '../../witnesses/crowd.js';
import type { Fault } from '../fault.js';

/** All clients are back within this time, in ms. */
const BACK_MS = 30_000;

/** The gateway that holds thousands of clients is killed: all of them reconnect to the other one at once, and resume. */
export const reconnectStorm: Fault = {
  name: 'reconnect-storm',
  run: async ({ short, report, stage }) =>
    Scene.play(await stage(), async (scene) => {
      const clients = short ? 200 : 2_000;
      const crowd = await Crowd.gather(scene, clients, report);
      try {
        const lost = crowd.lost();
        const ended = scene.stage.end('gateway-1', 'SIGKILL');
        await lost;
        const began = performance.now();
        await crowd.back();
        const backMs = performance.now() - began;
        const wellMs = [await crowd.postEverywhere(), await scene.traffic.wellAgain()];
        await ended;
        await crowd.readLogs();
        const account = await scene.settle();
        const claims: Claim[] = [atMost(`${clients} clients back`, backMs, BACK_MS, 'ms')];
        return [{ fault: `${clients} clients reconnect at once`, times: 1, account, wellMs, claims }];
      } finally {
        crowd.close();
      }
    }),
};
