import { CLOSE_CODES } from '@parley/protocol';
import { atMost, type Claim } from '../../report/row.js';
import { Scene } from '../../stage/scene.js';
import { drainSeconds } from '../../stage/stages.js';
import type { Fault } from '../fault.js';
import { repeatedly } from '../repeatedly.js';

/** The largest share of a gateway's clients that may be sent away within a tenth of the drain time. */
const AT_ONCE = 0.4;

/** When a member was sent away, and with which close code. */
interface Leaving {
  readonly at: number;
  readonly code: number | undefined;
}

/** SIGTERM to one gateway after the other. */
export const rollingSigterm: Fault = {
  name: 'rolling-sigterm',
  run: async ({ short, report, stage }) =>
    Scene.play(
      await stage(),
      async (scene) => {
        const gateways = scene.stage.urls.length;
        const rounds = short ? 1 : 3;
        const leaving: Leaving[] = [];
        for (const { client } of scene.traffic.members) {
          client.on('state', ({ state, code }) => {
            if (state === 'connecting') leaving.push({ at: performance.now(), code });
          });
        }
        const claims: Claim[] = [];
        const wellMs = await repeatedly(scene, rounds * gateways, report, async (time) => {
          leaving.length = 0;
          await scene.stage.end(`gateway-${1 + (time % gateways)}`, 'SIGTERM');
          claims.push(...spread([...leaving], drainSeconds(short)));
          return undefined;
        });
        const account = await scene.settle();
        return [
          { fault: 'SIGTERM to one gateway after the other', times: wellMs.length, account, wellMs, claims },
        ];
      },
      { members: 24 },
    ),
};

/** The clients were sent away, and not all at the same time. */
function spread(leaving: readonly Leaving[], seconds: number): Claim[] {
  const codes = new Set(leaving.map(({ code }) => code));
  const window = seconds * 100;
  const crowd = Math.max(
    0,
    ...leaving.map(({ at }) => leaving.filter((other) => other.at >= at && other.at < at + window).length),
  );
  return [
    {
      text: `${leaving.length} clients were told to go (${[...codes].join()})`,
      holds: leaving.length > 0 && codes.size === 1 && codes.has(CLOSE_CODES.DRAINING),
    },
    atMost(
      `clients that went within ${window} ms`,
      crowd,
      Math.max(3, Math.ceil(leaving.length * AT_ONCE)),
      `of ${leaving.length}`,
    ),
  ];
}
