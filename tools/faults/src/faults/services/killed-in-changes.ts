import { type Row, wellIn } from '../../report/row.js';
import { Scene } from '../../stage/scene.js';
import { within } from '../../traffic/deadline.js';
import { WELL_DEADLINE_MS } from '../../traffic/traffic.js';
import { ChangedRooms } from '../../witnesses/changed-rooms.js';
import { Flights } from '../../witnesses/flights.js';
import { KickedGroups } from '../../witnesses/kicked-groups.js';
import type { Witness } from '../../witnesses/witness.js';
import type { Fault, FaultOptions } from '../fault.js';
import { killed, repeatedly } from '../repeatedly.js';

/** A dead replica's request is taken over after 3 s (`TAKE_OVER_AFTER_MS`) and must end within 10 s. */
const WELL_MS = 12_000;

/** Changes of one kind, and those who make them. */
interface Changes {
  readonly name: string;
  readonly what: string;
  /** What must be under way at the kills, in turn. */
  readonly struck: readonly string[];
  readonly open: (scene: Scene, flights: Flights) => Promise<Witness>;
}

/** Messages are deleted in both of the first two: who edits or reacts finds some gone. */
const CHANGES: readonly Changes[] = [
  {
    name: 'killed-in-edits',
    what: 'edits and deletions',
    struck: ['edits', 'deletions'],
    open: (scene, flights) =>
      ChangedRooms.open(scene, flights, { posts: 2, edits: 5, deletions: 2, reactions: 1 }),
  },
  {
    name: 'killed-in-reactions',
    what: 'reactions',
    struck: ['reactions'],
    open: (scene, flights) =>
      ChangedRooms.open(scene, flights, { posts: 2, edits: 1, deletions: 1, reactions: 6 }),
  },
  {
    name: 'killed-in-kicks',
    what: 'kicks, invitations and changes of roles',
    struck: ['kicks', 'invitations', 'changes of a role'],
    open: (scene, flights) => KickedGroups.open(scene, flights),
  },
];

/** `kill -9` of one replica of channels after the other, each time with a change under way. Each kind of change is a fault of its own. */
export const killedInChanges: readonly Fault[] = CHANGES.map((changes) => ({
  name: changes.name,
  isLong: true,
  run: async (options) => [await killedIn(changes, options)],
}));

async function killedIn({ what, struck, open }: Changes, options: FaultOptions): Promise<Row> {
  const { short, report, stage } = options;
  return Scene.play(await stage(), async (scene) => {
    const times = short ? 3 : 20;
    const flights = new Flights();
    const witness = await open(scene, flights);
    try {
      const wellMs = await repeatedly(scene, times, report, async (time) => {
        const kind = struck[time % struck.length]!;
        await within(WELL_DEADLINE_MS, `${kind} under way`, flights.strike(kind));
        return killed(scene, `channels-${1 + (time % 2)}`);
      });
      const claims = [wellIn(wellMs, WELL_MS), ...(await witness.claims())];
      for (const kind of struck) claims.push(flights.claim(kind));
      return {
        fault: `\`kill -9\` of channels in ${what}`,
        times,
        account: await scene.settle(),
        wellMs,
        claims,
      };
    } finally {
      witness.close();
    }
  });
}
