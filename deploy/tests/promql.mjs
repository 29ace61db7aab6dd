import { parser } from '@prometheus-io/lezer-promql';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { documentedTable } from '../../tools/testing/dist/index.js';

const tables = ['every service', 'auth', 'users', 'gateway'].map((of) => `Metrics of ${of}`);

/** Metrics of every process. */
async function ofProcesses() {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  return (await registry.getMetricsAsJSON()).map(({ name, type }) => [name, type]);
}

/** The type of each metric in docs/operations.md, by name. Other tests compare that document with the code. */
const known = new Map([
  ['up', 'gauge'],
  ...(await ofProcesses()),
  ...tables.flatMap((table) =>
    documentedTable('docs/operations.md', table).map(({ metric, type }) => [
      metric.replaceAll('`', ''),
      type,
    ]),
  ),
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
