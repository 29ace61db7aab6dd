import type { Claim } from '../../report/row.js';
import type { Scene } from '../../stage/scene.js';

/** Each member follows the general channel and two private ones. */
const FOLLOWED = 3;

/** Each time, every client learned in every channel that its log has a new epoch: by a frame, by its resume or by a reload. */
export function toldByEpoch(scene: Scene, times: number): Claim {
  const { members, rooms } = scene.traffic;
  const least = Math.min(...members.map(({ name }) => scene.ledger.epochsOf(name)));
  return {
    text: `a new epoch for every client of ${rooms.length} channels, each time`,
    holds: least >= FOLLOWED * (times + 1),
  };
}

/** Nobody was told to reload a channel. */
export const nobodyReloads = ({ ledger }: Scene): Claim => ({
  text: `${ledger.reloadCount} clients were told to reload`,
  holds: ledger.reloadCount === 0,
});
