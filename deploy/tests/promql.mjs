import { parser } from '@prometheus-io/lezer-promql';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { declaredMetrics } from '../../tools/docs/dist/index.js';

/** Labels that Prometheus, or its operator, adds to each series: they name where it comes from. */
const TARGET_LABELS = ['job', 'instance', 'service', 'namespace', 'pod'];

/** Metrics of every process. */
async function ofProcesses() {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return (await registry.getMetricsAsJSON()).map(({ name, type }) => ({
    name,
    type,
    labels: registry.getSingleMetric(name).labelNames,
  }));
}

/** The type and labels of each metric that Prometheus can know of, by name. */
const known = new Map(
  [{ name: 'up', type: 'gauge', labels: [] }, ...(await ofProcesses()), ...(await declaredMetrics())].map(
    ({ name, type, labels }) => [name, { type, labels }],
  ),
);

/** What the apps declare under that name; for a part of a histogram, the histogram. */
function declared(name) {
  const metric = known.get(name);
  if (metric) return metric;
  const histogram = known.get(name.replace(/_(bucket|sum|count)$/, ''));
  return histogram?.type === 'histogram'
    ? { ...histogram, labels: [...histogram.labels, ...(name.endsWith('_bucket') ? ['le'] : [])] }
    : undefined;
}

/** Whether the apps have a metric of that name; for a histogram, one of its parts. */
export const isKnown = (name) => declared(name) !== undefined;

/**
 * The metrics in an expression, each with the labels by which it is selected.
 * @throws Error when the expression is not PromQL.
 */
export function selectorsOf(expression) {
  const selectors = [];
  parser.parse(expression).iterate({
    enter: ({ type, name, node, from, to }) => {
      if (type.isError) throw new Error(`no PromQL at character ${from}: ${expression}`);
      if (name === 'Identifier' && node.parent.name === 'VectorSelector')
        selectors.push({ metric: expression.slice(from, to), labels: [] });
      if (name === 'LabelName' && node.parent.name.endsWith('LabelMatcher'))
        selectors.at(-1).labels.push(expression.slice(from, to));
    },
  });
  return selectors;
}

/** The names of the metrics in an expression. @throws Error as `selectorsOf` does. */
export const metricsOf = (expression) => selectorsOf(expression).map(({ metric }) => metric);

/**
 * The faults of an expression: it is not PromQL, reads no metric, reads metrics that do not exist, or selects by labels that
 * they do not have.
 */
export function faultsOf(expression) {
  try {
    const selectors = selectorsOf(expression);
    if (selectors.length === 0) return ['looks at no metric'];
    return selectors.flatMap(faultsOfSelector);
  } catch (error) {
    return [error.message];
  }
}

function faultsOfSelector({ metric, labels }) {
  const found = declared(metric);
  if (!found) return [`looks at ${metric}, which is not there`];
  const strange = labels.filter((label) => ![...found.labels, ...TARGET_LABELS].includes(label));
  return strange.map((label) => `looks at ${metric} by ${label}, a label that it has not`);
}
