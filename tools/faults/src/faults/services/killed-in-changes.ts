import { type Row, wellIn } from '../../report/row.js';
import { Scene } from '../../stage/scene.js';
import { ChangedRooms } from '../../witnesses/changed-rooms.js';
import type { Fault } from '../fault.js';
import { killed, repeatedly } from '../repeatedly.js';

/** A dead replica's request is taken over after 3 s (`TAKE_OVER_AFTER_MS`) and must end within 10 s. */
const WELL_MS = 12_000;

/** `kill -9` of one replica of channels after the other, while users edit, delete and react. */
export const killedInChanges: Fault = {
  name: 'killed-in-changes',
  isLong: true,
  run: async ({ short, report, stage }): Promise<Row[]> =>
    Scene.play(await stage(), async (scene) => {
      const times = short ? 3 : 20;
      const rooms = await ChangedRooms.open(scene);
      try {
        const wellMs = await repeatedly(scene, times, report, (time) =>
          killed(scene, `channels-${1 + (time % 2)}`),
        );
        const claims = [wellIn(wellMs, WELL_MS), ...(await rooms.claims())];
        const fault = '`kill -9` of channels in edits, deletions and reactions';
        return [{ fault, times, account: await scene.settle(), wellMs, claims }];
      } finally {
        rooms.close();
      }
    }),
};
