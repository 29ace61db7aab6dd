import { type Fault, wellIn } from './fault.js';
import { PresenceWatch } from './presence-watch.js';
import { Scene } from './scene.js';
import { leaseSeconds } from './stages.js';

/** Resumed elsewhere within this, in ms. */
const RESUMED_MS = 5_000;

/**
 * `kill -9` of the gateway that holds everybody, again and again: it is started again meanwhile, and the other one
 * is the next.
 */
export const killGateway: Fault = {
  name: 'kill-gateway',
  run: async ({ short, report, stage }) =>
    Scene.play(await stage(), async (scene) => {
      const times = short ? 2 : 20;
      const wellMs: number[] = [];
      const presence = await PresenceWatch.begin(scene);
      for (let time = 0; time < times; time += 1) {
        const ended = scene.stage.end(`gateway-${1 + (time % 2)}`, 'SIGKILL');
        wellMs.push(await scene.traffic.wellAgain());
        await ended;
        report(`kill ${time + 1} of ${times}: well after ${Math.round(wellMs.at(-1)!)} ms`);
      }
      const claims = [wellIn(wellMs, RESUMED_MS), ...(await presence.claims(leaseSeconds(short)))];
      return [{ fault: '`kill -9` of a gateway', times, account: await scene.settle(), wellMs, claims }];
    }),
};
