import { Injectable } from '@nestjs/common';
import {
  type ChannelSize,
  type GatewayFigures,
  isInbox,
  type LogId,
  STATUS_CHANNELS,
} from '@parley/contracts';
import { CLOSE_CODES } from '@parley/protocol';
import { StatusBoard, StatusReports } from '@parley/service-kit';
import type { Metric } from 'prom-client';
import { register } from 'prom-client';
import { Hub } from '../delivery/hub.js';
import { answeredFrames, deliveredFrames, fanOutLag, restRequests } from '../metrics.js';
import { Connections } from '../socket/connections.js';

/** Reports after which this gateway looks what replicas have left that ended without a word. */
const TIDY_EVERY = 12;

/** What only grows, at one time. */
interface Totals {
  readonly at: number;
  readonly posted: number;
  readonly delivered: number;
  readonly lagSeconds: number;
  readonly lagSamples: number;
}

/** What this gateway reports for the operator's page: figures that Prometheus would get, as rates. */
@Injectable()
export class GatewayReport {
  private before: Totals | undefined;
  private count = 0;

  constructor(
    reports: StatusReports,
    private readonly board: StatusBoard,
    private readonly connections: Connections,
    private readonly hub: Hub,
  ) {
    // Here, because the first report may be made before the application has begun.
    reports.addFigures(() => this.figures());
  }

  private async figures(): Promise<GatewayFigures> {
    this.count += 1;
    if (this.count % TIDY_EVERY === 0) await this.board.read();
    const now = await totals();
    const rates = ratesBetween(this.before ?? now, now);
    this.before = now;
    return {
      connections: this.connections.all.size,
      unsigned: await seriesSum('gateway_connections_unsigned'),
      logs: this.hub.size,
      ...rates,
      bufferedBytes: await seriesSum('gateway_buffered_bytes'),
      slowClients: await seriesSum('gateway_connections_closed_total', {
        code: String(CLOSE_CODES.TOO_SLOW),
      }),
      channels: largestOf(this.hub.all()),
    };
  }
}

async function totals(): Promise<Totals> {
  const [frames, requests, lag] = await Promise.all([
    sumOf(answeredFrames, ({ metricName, labels }) =>
      isCount(metricName) && labels['type'] === 'channelMessage' && labels['outcome'] === 'ok' ? 1 : 0,
    ),
    sumOf(restRequests, ({ metricName, labels }) =>
      isCount(metricName) && /^postMessage/.test(String(labels['operation'])) && labels['status'] === '201'
        ? 1
        : 0,
    ),
    fanOutLag.get(),
  ]);
  const delivered = await sumOf(deliveredFrames, () => 1);
  const ofLag = (end: string) =>
    lag.values
      .filter(({ metricName }) => metricName?.endsWith(end))
      .reduce((sum, { value }) => sum + value, 0);
  return {
    at: performance.now(),
    posted: frames + requests,
    delivered,
    lagSeconds: ofLag('_sum'),
    lagSamples: ofLag('_count'),
  };
}

/** Means of the time between. */
export function ratesBetween(
  before: Totals,
  now: Totals,
): Pick<GatewayFigures, 'postedPerSecond' | 'deliveredPerSecond' | 'fanOutLagMs'> {
  const seconds = Math.max(0.001, (now.at - before.at) / 1_000);
  const samples = now.lagSamples - before.lagSamples;
  return {
    postedPerSecond: rounded((now.posted - before.posted) / seconds),
    deliveredPerSecond: rounded((now.delivered - before.delivered) / seconds),
    ...(samples > 0 && { fanOutLagMs: rounded(((now.lagSeconds - before.lagSeconds) / samples) * 1_000) }),
  };
}

/** The channels with the most members, of any number, without sorting all of them. */
export function largestOf(
  logs: Iterable<{ readonly id: LogId; readonly members: { readonly size: number } }>,
): ChannelSize[] {
  const found: ChannelSize[] = [];
  for (const { id, members } of logs) {
    const last = found.at(-1);
    if (isInbox(id) || (found.length === STATUS_CHANNELS && members.size <= last!.connections)) continue;
    found.push({ channelUUID: id, connections: members.size });
    found.sort((a, b) => b.connections - a.connections);
    found.length = Math.min(found.length, STATUS_CHANNELS);
  }
  return found;
}

type Sample = {
  readonly value: number;
  readonly labels: Partial<Record<string, string | number>>;
  readonly metricName?: string;
};

async function sumOf(metric: Metric, share: (sample: Sample) => number): Promise<number> {
  const { values } = await metric.get();
  return (values as Sample[]).reduce((sum, sample) => sum + sample.value * share(sample), 0);
}

/** The sum of a metric's series with these labels; 0 where it has none. */
async function seriesSum(name: string, labels: Record<string, string> = {}): Promise<number> {
  const metric = register.getSingleMetric(name);
  if (metric === undefined) return 0;
  const matches = (sample: Sample) =>
    Object.entries(labels).every(([label, value]) => String(sample.labels[label]) === value);
  return sumOf(metric, (sample) => (matches(sample) ? 1 : 0));
}

const isCount = (name: string | undefined): boolean => name?.endsWith('_count') ?? false;
const rounded = (value: number): number => Math.round(value * 100) / 100;
