import { register } from 'prom-client';
import type { DocumentedRow } from './documents.js';

/**
 * The rows of the documents' tables of metrics, made from what is registered in this process: name, type, labels and meaning.
 * @param prefix what the names begin with, such as `gateway_`.
 */
export async function metricRows(prefix: string): Promise<DocumentedRow[]> {
  const metrics = await register.getMetricsAsJSON();
  return metrics
    .filter(({ name }) => name.startsWith(prefix))
    .map(({ name, type, help }) => ({
      metric: `\`${name}\``,
      type: String(type),
      labels: labelsOf(name)
        .map((label) => `\`${label}\``)
        .join(', '),
      meaning: help.replaceAll('|', ','),
    }));
}

/** prom-client keeps the names of a metric's labels to itself, in a field that its types leave out. */
function labelsOf(name: string): readonly string[] {
  return (register.getSingleMetric(name) as unknown as { labelNames: string[] }).labelNames;
}
