import { wellIn } from '../../report/row.js';
import { Scene } from '../../stage/scene.js';
import { leaseSeconds } from '../../stage/stages.js';
import { PresenceWatch } from '../../witnesses/presence-watch.js';
import type { Fault } from '../fault.js';
import { killed, repeatedly } from '../repeatedly.js';

/** Clients resume at the other gateway within this time, in ms. */
const RESUMED_MS = 5_000;

/**
 * `kill -9` of the gateway that holds all clients, repeatedly. It restarts while the clients move to the other gateway,
 * which is killed next.
 */
export const killGateway: Fault = {
  name: 'kill-gateway',
  run: async ({ short, report, stage }) =>
    Scene.play(await stage(), async (scene) => {
      const times = short ? 2 : 20;
      const presence = await PresenceWatch.begin(scene);
      const wellMs = await repeatedly(scene, times, report, (time) =>
        killed(scene, `gateway-${1 + (time % 2)}`),
      );
      const claims = [wellIn(wellMs, RESUMED_MS), ...(await presence.claims(leaseSeconds(short)))];
      return [{ fault: '`kill -9` of a gateway', times, account: await scene.settle(), wellMs, claims }];
    }),
};
