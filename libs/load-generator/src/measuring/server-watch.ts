import { type ProcessUsage, processUsage } from '@parley/proc';
import { type ProcessMetrics, readMetrics } from './metrics-page.js';

/** Where the servers' usage is read. */
export interface Watched {
  /** Processes of this machine by name, read from /proc. */
  readonly pids?: Readonly<Record<string, number>>;
  /** Pages in Prometheus's text format. An address that several processes share is read until each has answered. */
  readonly metrics?: readonly string[];
  /** Pages that belong to one process each, by its name. */
  readonly pages?: Readonly<Record<string, string>>;
}

/** One process at one moment. */
export interface ServerSample {
  readonly name: string;
  readonly cpuMs: number;
  readonly residentBytes: number;
  readonly loopDelayP99Ms?: number | undefined;
  readonly loopDelayMaxMs?: number | undefined;
}

/** Reads of one address per sample: finds up to this many processes that share it. */
const READS = 4;

const LOOPBACK: ReadonlySet<string> = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Samples what the servers use. */
export class ServerWatch {
  private readonly names = new Map<string, string>();

  constructor(private readonly watched: Watched) {}

  async sample(): Promise<ServerSample[]> {
    const { metrics = [], pages: own = {} } = this.watched;
    const pages = await Promise.all([
      ...metrics.map((url) => this.read(url)),
      ...Object.entries(own).map(([name, url]) => readOwn(name, url)),
    ]);
    // A process that is watched in both ways counts once, by its page.
    const samples = [...this.processes(), ...pages.flat()];
    return [...new Map(samples.map((sample) => [sample.name, sample])).values()];
  }

  private processes(): ServerSample[] {
    return Object.entries(this.watched.pids ?? {}).flatMap(([name, pid]) => {
      const usage = usageIfThere(pid);
      return usage === undefined ? [] : [{ name, ...usage }];
    });
  }

  private async read(url: string): Promise<ServerSample[]> {
    const pages = await Promise.all(Array.from({ length: READS }, () => readMetrics(url)));
    const byIdentity = new Map<number, ProcessMetrics>();
    for (const page of pages)
      if (page) byIdentity.set(page.identity, later(byIdentity.get(page.identity), page));
    return [...byIdentity.values()].map(({ identity, ...usage }) => ({
      name: this.nameOf(url, identity),
      ...usage,
    }));
  }

  /** The name given to its process id, on this machine; otherwise the address with a number for each process that shares it. */
  private nameOf(url: string, identity: number): string {
    const key = `${url} ${identity}`;
    const { host, hostname } = new URL(url);
    const named = Object.entries(this.watched.pids ?? {}).find(([, pid]) => pid === identity);
    if (named !== undefined && LOOPBACK.has(hostname)) return named[0];
    const others = [...this.names.values()].filter((name) => name.split('#')[0] === host).length;
    if (!this.names.has(key)) this.names.set(key, `${host}#${others + 1}`);
    return this.names.get(key)!;
  }
}

/** Empty when the process does not answer. */
async function readOwn(name: string, url: string): Promise<ServerSample[]> {
  const page = await readMetrics(url);
  if (page === undefined) return [];
  const { identity: _, ...usage } = page;
  return [{ name, ...usage }];
}

/** Undefined when the process has ended. */
function usageIfThere(pid: number): ProcessUsage | undefined {
  try {
    return processUsage(pid);
  } catch {
    return undefined;
  }
}

/** Combines two reads of one process: a read resets the delays of its event loop, so the larger ones count. */
function later(one: ProcessMetrics | undefined, other: ProcessMetrics): ProcessMetrics {
  if (one === undefined) return other;
  return {
    ...other,
    loopDelayP99Ms: larger(one.loopDelayP99Ms, other.loopDelayP99Ms),
    loopDelayMaxMs: larger(one.loopDelayMaxMs, other.loopDelayMaxMs),
  };
}

const larger = (one: number | undefined, other: number | undefined): number | undefined =>
  one === undefined || other === undefined ? other : Math.max(one, other);
