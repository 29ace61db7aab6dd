import { parser } from '@prometheus-io/lezer-promql';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { declaredMetrics } from '../../tools/docs/dist/index.js';

/** Metrics of every process. */
async function ofProcesses() {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return (await registry.getMetricsAsJSON()).map(({ name, type }) => [name, type]);
}

/** The type of each metric that Prometheus can know of, by name. */
const known = new Map([
  ['up', 'gauge'],
  ...(await ofProcesses()),
  ...(await declaredMetrics()).map(({ name, type }) => [name, type]),
]);

/** Whether the apps have a metric of that name; for a histogram, one of its parts. */
export const isKnown = (name) =>
  known.has(name) || known.get(name.replace(/_(bucket|sum|count)$/, '')) === 'histogram';

/**
 * The names of the metrics in an expression.
 * @throws Error when the expression is not PromQL.
 */
export function metricsOf(expression) {
  const names = [];
  parser.parse(expression).iterate({
    enter: ({ type, name, node, from, to }) => {
      if (type.isError) throw new Error(`no PromQL at character ${from}: ${expression}`);
      if (name === 'Identifier' && node.parent.name === 'VectorSelector')
        names.push(expression.slice(from, to));
    },
  });
  return names;
}

/** The faults of an expression: it is not PromQL, reads no metric, or reads metrics that do not exist. */
export function faultsOf(expression) {
  try {
    const metrics = metricsOf(expression);
    if (metrics.length === 0) return ['looks at no metric'];
    return metrics.filter((name) => !isKnown(name)).map((name) => `looks at ${name}, which is not there`);
  } catch (error) {
    return [error.message];
  }
}
