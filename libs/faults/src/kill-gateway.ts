import type { Fault } from './fault.js';
import { wellIn } from './fault.js';
import { inScene } from './in-scene.js';
import { PresenceWatch } from './presence-watch.js';

/** Resumed elsewhere within this, in ms. */
const RESUMED_MS = 5_000;

/**
 * `kill -9` of the gateway that holds everybody, again and again: it is started again meanwhile, and the other one
 * is the next.
 */
export const killGateway: Fault = {
  name: 'kill-gateway',
  run: ({ short, report }) => {
    const times = short ? 2 : 20;
    const leaseSeconds = short ? 5 : 60;
    const settings = { PRESENCE_LEASE_SECONDS: String(leaseSeconds) };
    return inScene({ settings }, async (scene) => {
      const wellMs: number[] = [];
      const presence = await PresenceWatch.begin(scene);
      for (let time = 0; time < times; time += 1) {
        const ended = scene.end(`gateway-${1 + (time % 2)}`, 'SIGKILL');
        wellMs.push(await scene.traffic.wellAgain());
        await ended;
        report(`kill ${time + 1} of ${times}: well after ${Math.round(wellMs.at(-1)!)} ms`);
      }
      const claims = [wellIn(wellMs, RESUMED_MS), ...(await presence.claims(leaseSeconds))];
      return [{ fault: '`kill -9` of a gateway', times, account: await scene.settle(), wellMs, claims }];
    });
  },
};
