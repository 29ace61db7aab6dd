import { processStat } from '@parley/proc';
import { median, startCluster } from '@parley/testing';
import { markdownRows, shown } from '../report/table.js';
import type { LoadMode, Started } from './roles.js';
import { histogramOf, type RunOptions, reportsOf, WARM_UP_MS, withProcesses } from './run.js';

const MASTERS = 3;
/** What is compared: one Redis, and a Cluster whose requests all lie on one master, or are spread over all of them. */
const LAYOUTS = [
  { masters: 1, partitions: 1 },
  { masters: MASTERS, partitions: 1 },
  { masters: MASTERS, partitions: 6 },
  { masters: MASTERS, partitions: 12 },
];
/** Requests per second of all clients: nearly each its own batch, and several in each. */
const RATES = [1_000, 8_000];
const SCENARIO = { replicas: 1, clients: 2 };

/** What the masters have to do for a request. CPU is in microseconds. */
export interface MastersRow {
  masters: number;
  partitions: number;
  perSecond: number;
  answered: number;
  busiestUs: number;
  /** `busiestUs`, of that of one Redis at the same rate. */
  ratio: number;
  allUs: number;
}

type Measured = Omit<MastersRow, 'ratio'>;

/** Measures the CPU that requests about many channels take of the busiest master, and of all. */
export async function measureMasters(rounds: number, options: RunOptions): Promise<MastersRow[]> {
  const cluster = await startCluster({ masters: MASTERS });
  try {
    const measured: Measured[] = [];
    const node = cluster.nodes[0]!;
    for (let round = 0; round < rounds; round++) {
      for (const layout of LAYOUTS) {
        const isCluster = layout.masters > 1;
        const { port, pids } = isCluster
          ? { port: node.port, pids: cluster.nodes.map(({ pid }) => pid) }
          : { port: options.port, pids: [options.redisPid] };
        const started = { kind: 'streams', port, isCluster, partitions: layout.partitions } as const;
        measured.push(...(await measure(started, layout.masters, pids, options)));
      }
    }
    return middleOf(measured);
  } finally {
    await cluster.remove();
  }
}

function measure(
  started: Started & { partitions: number },
  masters: number,
  pids: readonly number[],
  { measureMs }: RunOptions,
): Promise<Measured[]> {
  return withProcesses(started, SCENARIO, async (_, askers) => {
    const rows: Measured[] = [];
    for (const perSecond of RATES) {
      const cpu = () => pids.map((pid) => processStat(pid).cpuMs);
      const mode: LoadMode = { perSecond: perSecond / askers.length };
      let before: number[] = [];
      const found = await reportsOf(
        askers.map(
          (asker) => [asker, { asked: 'inChannels', mode, warmUpMs: WARM_UP_MS, measureMs }] as const,
        ),
        () => {
          before = cpu();
        },
      );
      const answered = histogramOf(found).totalCount;
      const used = cpu().map((after, at) => ((after - before[at]!) * 1_000) / answered);
      rows.push({
        ...{ masters, partitions: started.partitions, perSecond, answered: (answered * 1_000) / measureMs },
        ...{ busiestUs: Math.max(...used), allUs: used.reduce((sum, each) => sum + each, 0) },
      });
    }
    return rows;
  });
}

/** The median of each figure, for each layout and rate. */
function middleOf(measured: readonly Measured[]): MastersRow[] {
  return RATES.flatMap((perSecond) => {
    const rows = LAYOUTS.map((layout) => {
      const own = measured.filter(
        (row) =>
          row.masters === layout.masters &&
          row.partitions === layout.partitions &&
          row.perSecond === perSecond,
      );
      const middle = (figure: 'answered' | 'busiestUs' | 'allUs') => median(own.map((row) => row[figure]));
      return {
        ...layout,
        perSecond,
        answered: middle('answered'),
        busiestUs: middle('busiestUs'),
        allUs: middle('allUs'),
      };
    });
    return rows.map((row) => ({ ...row, ratio: row.busiestUs / rows[0]!.busiestUs }));
  });
}

/** The rows as a table of Markdown. */
export function mastersTable(rows: readonly MastersRow[]): string {
  const head = [
    'requests/s',
    'masters',
    'partitions',
    'answered/s',
    'busiest master, µs',
    'ratio',
    'all masters, µs',
  ];
  const cells = rows.map(({ perSecond, masters, partitions, answered, busiestUs, ratio, allUs }) => [
    ...[perSecond, masters, partitions, answered].map((figure) => shown(figure)),
    ...[shown(busiestUs, 1), shown(ratio, 2), shown(allUs, 1)],
  ]);
  return markdownRows(head, cells, 0);
}
