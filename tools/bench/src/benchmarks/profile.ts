import type { RunningContestant } from '../contestants/contestant.js';
import { PARLEY } from '../contestants/contestants.js';
import { type CpuProfile, Inspector } from '../measuring/inspector.js';
import { openCrowd } from '../measuring/load.js';
import { type Figures, inRounds, type Measured, medians } from '../measuring/rounds.js';
import { markdownRows, shown } from '../report/table.js';
import { type Benchmark, entryOf, type Started, withContestants } from './benchmark.js';

const CROWD = { connections: 1_000, senders: 100 };
const RATES = [100, 2_000];
const WARM_UP_MS = 3_000;
/** Functions with a smaller share are summed up. */
const LEAST = 0.015;
const OTHERS = 'everything else';

const titleOf = (rate: number) => `${rate.toLocaleString('en')} messages/s`;

async function measure(
  running: RunningContestant,
  inspector: Inspector,
  rate: number,
  seconds: number,
): Promise<Figures> {
  const generator = await openCrowd(running, CROWD);
  try {
    await generator.run({ rate, warmupMs: 0, durationMs: WARM_UP_MS });
    const profile = await inspector.profileDuring(() =>
      generator.run({ rate, warmupMs: 0, durationMs: seconds * 1_000 }),
    );
    return selfShares(profile);
  } finally {
    await generator.close();
  }
}

/** The share of the samples in which each function itself ran, without idle ones. */
export function selfShares({ nodes }: CpuProfile): Record<string, number> {
  const hits = new Map<string, number>();
  for (const { callFrame, hitCount = 0 } of nodes) {
    const name = nameOf(callFrame);
    if (hitCount > 0 && name !== '(idle)') hits.set(name, (hits.get(name) ?? 0) + hitCount);
  }
  const all = [...hits.values()].reduce((sum, count) => sum + count, 0);
  return Object.fromEntries([...hits].map(([name, count]) => [name, round(count / all)]));
}

/** Rounds to a hundredth of a per cent: more is noise. */
const round = (share: number) => Math.round(share * 10_000) / 10_000;

/** A function with the end of its file's path: `writev`, `onread node:net` or `add hub.js`. */
function nameOf({ functionName, url }: CpuProfile['nodes'][number]['callFrame']): string {
  const name = functionName || '(anonymous)';
  if (url === '') return name;
  const file = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1] ?? url.replace(/^file:.*\/(?=[^/]+$)/, '');
  return `${name} ${file}`;
}

/** Where a gateway's time goes under fan-out to 1,000 clients: a CPU profile of one of the two. */
export const profile: Benchmark = {
  name: 'profile',
  question: 'Where does a gateway spend its time?',
  defaults: { rounds: 1, seconds: 5 },
  measure: (options) =>
    withContestants([PARLEY], options, CROWD.connections, async (started) => {
      const [first] = started as [Started];
      const inspector = await Inspector.attach(first.running.gateways()[0]!);
      const entries = RATES.map((rate) =>
        entryOf(first, () => measure(first.running, inspector, rate, options.seconds), titleOf(rate)),
      );
      return inRounds(entries, options.rounds).finally(() => inspector.close());
    }),
  section: (measured) => {
    const shares = measured.map((entry) => medians(entry));
    const names = [...new Set(shares.flatMap((each) => Object.keys(each)))]
      .filter((name) => shares.some((each) => (each[name] ?? 0) >= LEAST))
      .sort((a, b) => (shares[0]![b] ?? 0) - (shares[0]![a] ?? 0));
    const percent = (share: number) => `${shown(share * 100, 1)} %`;
    const others = (each: Figures) => 1 - names.reduce((sum, name) => sum + (each[name] ?? 0), 0);
    const rows = [
      ...names.map((name) => [`\`${name}\``, ...shares.map((each) => percent(each[name] ?? 0))]),
      [OTHERS, ...shares.map((each) => percent(others(each)))],
    ];
    return markdownRows(['function, itself', ...measured.map(titleOfEntry)], rows, 1);
  },
};

const titleOfEntry = ({ situation = '' }: Measured) => situation;
