/** What a server tells about its process on its metrics page, as `prom-client` and every other exporter name it. */
export interface ProcessMetrics {
  /** Tells processes apart that share one address. */
  readonly startSeconds: number;
  readonly cpuMs: number;
  readonly residentBytes: number;
  readonly loopDelayP99Ms: number | undefined;
  readonly loopDelayMaxMs: number | undefined;
}

const PATIENCE_MS = 2_000;

/** Reads a page in Prometheus's text format; undefined when it does not come, or has no process on it. */
export async function readMetrics(url: string): Promise<ProcessMetrics | undefined> {
  try {
    // A new connection each time: processes that share a port answer in turn.
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const answer = await fetch(url, { signal, headers: { connection: 'close' } });
    return answer.ok ? parseMetrics(await answer.text()) : undefined;
  } catch {
    return undefined;
  }
}

export function parseMetrics(page: string): ProcessMetrics | undefined {
  const cpuSeconds = metricOf(page, 'process_cpu_seconds_total');
  if (cpuSeconds === undefined) return undefined;
  const milliseconds = (name: string) => {
    const seconds = metricOf(page, name);
    return seconds === undefined ? undefined : seconds * 1_000;
  };
  return {
    startSeconds: metricOf(page, 'process_start_time_seconds') ?? 0,
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
