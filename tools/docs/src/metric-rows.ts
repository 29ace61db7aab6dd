import { existsSync } from 'node:fs';
import { register } from 'prom-client';
import { APPS } from './apps.js';
import { code, codes, type Row } from './table.js';
import { built, urlOf } from './workspace.js';

/** One metric as its code declares it. */
export interface Metric {
  readonly name: string;
  readonly type: string;
  readonly labels: readonly string[];
  readonly help: string;
}

/** What the names of metrics begin with, by the part of the document that lists them. */
const PREFIXES = {
  'every service': ['redis_', 'rpc_'],
  auth: ['auth_'],
  users: ['users_'],
  channels: ['channels_'],
  gateway: ['gateway_'],
} as const;

/** Whose metrics a table lists. */
export type MetricOwner = keyof typeof PREFIXES;
export const METRIC_OWNERS = Object.keys(PREFIXES) as MetricOwner[];

/** Every metric that the services declare, without those that prom-client takes of each process. */
export async function declaredMetrics(): Promise<Metric[]> {
  await import('@parley/service-kit');
  for (const app of APPS) {
    if (existsSync(urlOf(`apps/${app}/src/metrics.ts`))) await built(`apps/${app}/dist/metrics.js`);
  }
  const metrics = await register.getMetricsAsJSON();
  return metrics.map(({ name, type, help }) => ({ name, type: String(type), help, labels: labelsOf(name) }));
}

/**
 * The rows of a table of metrics: name, type, labels and meaning.
 * @throws Error when there is a metric that belongs into none of the tables.
 */
export async function metricRows(owner: MetricOwner): Promise<Row[]> {
  const metrics = await declaredMetrics();
  const stray = metrics.find(({ name }) => ownerOf(name) === undefined);
  if (stray) throw new Error(`no table lists ${stray.name}`);
  return metrics
    .filter(({ name }) => ownerOf(name) === owner)
    .map(({ name, type, labels, help }) => ({
      metric: code(name),
      type,
      labels: codes(labels),
      meaning: help,
    }));
}

const ownerOf = (name: string): MetricOwner | undefined =>
  METRIC_OWNERS.find((owner) => PREFIXES[owner].some((prefix) => name.startsWith(prefix)));

/** prom-client keeps the names of a metric's labels in a field that its types leave out. */
function labelsOf(name: string): readonly string[] {
  return (register.getSingleMetric(name) as unknown as { labelNames: string[] }).labelNames;
}
