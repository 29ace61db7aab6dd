import { median } from '@parley/testing';
import { markdownRows, shown } from '../report/table.js';
import type { LoadMode } from './roles.js';
import { type Measurement, type RunOptions, runScenario } from './run.js';

/** The bounds of the queue's age (ms) that are compared: none, and the default. */
const AGES = [0, 200];
/** The rates, as multiples of the limit. */
const MULTIPLES = [1, 2];
/** Requests of each client in flight, where the limit is found: far from idle, and far from waiting for long. */
const IN_FLIGHT = 16;
const SCENARIO = { replicas: 1, clients: 2 };

/** What is answered in time at a rate. */
export interface OverloadRow {
  queueAgeMs: number;
  /** The rate, as a multiple of the limit. */
  multiple: number;
  /** Requests per second that were asked, and of these answered in time. */
  asked: number;
  goodput: number;
  /** Goodput divided by the limit. */
  ratio: number;
  p50Ms: number;
  p99Ms: number;
}

/** Measures the limit of a service that does few things at once, then what it answers in time at that rate and at twice it. */
export async function measureOverload(rounds: number, given: RunOptions): Promise<OverloadRow[]> {
  const options = { ...given, asked: 'work' as const };
  const measure = async (load: LoadMode, queueAgeMs: number): Promise<Measurement> =>
    (await runScenario('streams', SCENARIO, [load], { ...options, queueAgeMs }))[0]!;
  const rows: OverloadRow[] = [];
  for (let round = 0; round < rounds; round++) {
    const { requestsPerSecond: limit } = await measure({ inFlight: IN_FLIGHT }, 0);
    for (const multiple of MULTIPLES) {
      for (const queueAgeMs of AGES) {
        const asked = limit * multiple;
        const { requestsPerSecond: goodput, p50Ms, p99Ms } = await measure({ perSecond: asked }, queueAgeMs);
        rows.push({ queueAgeMs, multiple, asked, goodput, ratio: goodput / limit, p50Ms, p99Ms });
      }
    }
  }
  return AGES.flatMap((queueAgeMs) =>
    MULTIPLES.map((multiple) =>
      middleOf(rows.filter((row) => row.queueAgeMs === queueAgeMs && row.multiple === multiple)),
    ),
  );
}

/** The median of each figure. */
function middleOf(rows: OverloadRow[]): OverloadRow {
  const middle = (figure: keyof OverloadRow) => median(rows.map((row) => row[figure]));
  const { queueAgeMs, multiple } = rows[0]!;
  const [asked, goodput, ratio] = [middle('asked'), middle('goodput'), middle('ratio')];
  return { queueAgeMs, multiple, asked, goodput, ratio, p50Ms: middle('p50Ms'), p99Ms: middle('p99Ms') };
}

/** The rows as a table of Markdown. */
export function overloadTable(rows: readonly OverloadRow[]): string {
  const head = ['queue age, ms', 'of the limit', 'asked/s', 'in time/s', 'of the limit', 'p50 ms', 'p99 ms'];
  const cells = rows.map(({ queueAgeMs, multiple, asked, goodput, ratio, p50Ms, p99Ms }) => [
    queueAgeMs === 0 ? 'any' : String(queueAgeMs),
    `${multiple} ×`,
    ...[shown(asked), shown(goodput), shown(ratio, 2), shown(p50Ms), shown(p99Ms)],
  ]);
  return markdownRows(head, cells, 0);
}
