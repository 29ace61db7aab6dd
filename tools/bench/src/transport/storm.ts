import { percentileMs } from '@parley/load-generator';
import type { Lane } from '@parley/redis-transport';
import { median } from '@parley/testing';
import { markdownRows, shown } from '../report/table.js';
import { histogramOf, type RunOptions, reportsOf, WARM_UP_MS, withProcesses } from './run.js';

/** What stands beside the posts: nothing, pages in the lane of the posts, or pages in a lane of their own. */
const STORMS: readonly (Lane | undefined)[] = [undefined, 'now', 'later'];
/** Posts per second, far below the limit of the service. */
const POSTS_PER_SECOND = 50;
/** Pages in flight: far more than the service does at once. */
const PAGES_IN_FLIGHT = 128;
const SCENARIO = { replicas: 1, clients: 2 };

/** How posts fare beside a storm of pages. */
export interface StormRow {
  storm: Lane | undefined;
  /** Posts and pages answered in time, per second. */
  posts: number;
  pages: number;
  p50Ms: number;
  p99Ms: number;
  /** Posts that were not answered in time. */
  late: number;
}

/** Measures how long posts take at a service that does few things at once: alone, and beside pages with and without a lane of their own. */
export async function measureStorm(rounds: number, options: RunOptions): Promise<StormRow[]> {
  const rows: StormRow[] = [];
  for (let round = 0; round < rounds; round++)
    for (const storm of STORMS) rows.push(await measure(storm, options));
  return STORMS.map((storm) => middleOf(rows.filter((row) => row.storm === storm)));
}

function measure(storm: Lane | undefined, { port, measureMs }: RunOptions): Promise<StormRow> {
  return withProcesses({ kind: 'streams', port, queueAgeMs: 0 }, SCENARIO, async (_, [poster, reader]) => {
    const times = { asked: 'work', warmUpMs: WARM_UP_MS, measureMs } as const;
    const posting = [poster!, { ...times, mode: { perSecond: POSTS_PER_SECOND } }] as const;
    const reading = [
      reader!,
      { ...times, lane: storm ?? 'now', mode: { inFlight: PAGES_IN_FLIGHT } },
    ] as const;
    const [posts, pages] = await reportsOf(storm === undefined ? [posting] : [posting, reading]);
    const latencies = histogramOf([posts!]);
    const perSecond = (count: number) => (count * 1_000) / measureMs;
    return {
      storm,
      posts: perSecond(latencies.totalCount),
      pages: pages === undefined ? 0 : perSecond(histogramOf([pages]).totalCount),
      p50Ms: percentileMs(latencies, 50),
      p99Ms: percentileMs(latencies, 99),
      late: posts!.failures,
    };
  });
}

/** The median of each figure. */
function middleOf(rows: StormRow[]): StormRow {
  const middle = (figure: Exclude<keyof StormRow, 'storm'>) => median(rows.map((row) => row[figure]));
  const [posts, pages, late] = [middle('posts'), middle('pages'), middle('late')];
  return { storm: rows[0]!.storm, posts, pages, p50Ms: middle('p50Ms'), p99Ms: middle('p99Ms'), late };
}

const NAMES = { now: 'in one lane with them', later: 'in a lane of their own' };

/** The rows as a table of Markdown. */
export function stormTable(rows: readonly StormRow[]): string {
  const head = ['pages', 'pages/s', 'posts/s', 'p50 ms', 'p99 ms', 'posts too late'];
  const cells = rows.map(({ storm, pages, posts, p50Ms, p99Ms, late }) => [
    storm === undefined ? 'none' : NAMES[storm],
    ...[pages, posts, p50Ms, p99Ms, late].map((figure) => shown(figure)),
  ]);
  return markdownRows(head, cells, 0);
}
