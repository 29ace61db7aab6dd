import { Redis } from 'ioredis';
import { type Row, wellIn } from '../../report/row.js';
import { Scene } from '../../stage/scene.js';
import type { Fault, FaultOptions } from '../fault.js';
import { repeatedly } from '../repeatedly.js';

/** Gaps are filled within this time, in ms. */
const FILLED_MS = 5_000;

/** Redis ends every connection of one type. */
export const clientKill: Fault = {
  name: 'client-kill',
  run: async (options) => [...(await killAll('pubsub', options)), ...(await killAll('normal', options))],
};

async function killAll(type: 'pubsub' | 'normal', { short, report, stage }: FaultOptions): Promise<Row[]> {
  return Scene.play(await stage(), async (scene) => {
    const admin = new Redis(scene.stage.stack.redisUrl!);
    try {
      const times = short ? 1 : 20;
      const wellMs = await repeatedly(scene, times, report, async () => {
        await admin.call('CLIENT', 'KILL', 'TYPE', type, 'SKIPME', 'yes');
        return undefined;
      });
      const fault = `\`CLIENT KILL TYPE ${type}\``;
      return [{ fault, times, account: await scene.settle(), wellMs, claims: [wellIn(wellMs, FILLED_MS)] }];
    } finally {
      admin.disconnect();
    }
  });
}
