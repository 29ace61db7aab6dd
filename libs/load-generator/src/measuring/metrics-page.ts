import { get } from 'node:http';

/** A process as its metrics page describes it, under the names that `prom-client` and other exporters use. */
export interface ProcessMetrics {
  /** Distinguishes processes that share one address: the process id, or the second of its start when the page lacks that. */
  readonly identity: number;
  readonly cpuMs: number;
  readonly residentBytes: number;
  readonly loopDelayP99Ms: number | undefined;
  readonly loopDelayMaxMs: number | undefined;
}

const PATIENCE_MS = 2_000;

/** Reads a page in Prometheus's text format. Undefined when there is no answer, or no process on the page. */
export async function readMetrics(url: string): Promise<ProcessMetrics | undefined> {
  try {
    return parseMetrics(await readPage(url));
  } catch {
    return undefined;
  }
}

/** Opens a connection each time: processes that share a port answer alternately. */
const readPage = (url: string): Promise<string> =>
  new Promise((resolve, reject) => {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    get(url, { agent: false, signal }, (answer) => {
      let page = '';
      answer.setEncoding('utf8');
      answer.on('data', (text: string) => {
        page += text;
      });
      answer.on('end', () => resolve(page)).on('error', reject);
    }).on('error', reject);
  });

export function parseMetrics(page: string): ProcessMetrics | undefined {
  const cpuSeconds = metricOf(page, 'process_cpu_seconds_total');
  if (cpuSeconds === undefined) return undefined;
  const milliseconds = (name: string) => {
    const seconds = metricOf(page, name);
    return seconds === undefined ? undefined : seconds * 1_000;
  };
  return {
    identity: metricOf(page, 'process_id') ?? metricOf(page, 'process_start_time_seconds') ?? 0,
    cpuMs: cpuSeconds * 1_000,
    residentBytes: metricOf(page, 'process_resident_memory_bytes') ?? 0,
    loopDelayP99Ms: milliseconds('nodejs_eventloop_lag_p99_seconds'),
    loopDelayMaxMs: milliseconds('nodejs_eventloop_lag_max_seconds'),
  };
}

/** The value of a metric without labels. */
function metricOf(page: string, name: string): number | undefined {
  const found = new RegExp(`^${name} (\\S+)`, 'm').exec(page);
  const value = Number(found?.[1]);
  return found === null || Number.isNaN(value) ? undefined : value;
}
