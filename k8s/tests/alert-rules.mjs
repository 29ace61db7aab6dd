import { parser } from '@prometheus-io/lezer-promql';
import { documentedTable } from '../../libs/testing/dist/index.js';
import { ofKind } from './workloads.mjs';

const tables = ['every service', 'auth', 'users', 'gateway'].map((of) => `Metrics of ${of}`);
/** What Prometheus can know: the metrics that docs/operations.md lists, which other tests compare with the code. */
const known = new Map([
  ['up', 'gauge'],
  ...tables.flatMap((table) =>
    documentedTable('docs/operations.md', table).map(({ metric, type }) => [
      metric.replaceAll('`', ''),
      type,
    ]),
  ),
]);

const isKnown = (name) =>
  known.has(name) || known.get(name.replace(/_(bucket|sum|count)$/, '')) === 'histogram';

/**
 * The names of the metrics in an expression.
 * @throws Error where it is no PromQL.
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

/** Each alert is PromQL and looks at metrics that the apps have. */
export const alertsHaveMetrics = (objects) =>
  ofKind(objects, 'PrometheusRule')
    .flatMap(({ spec }) => spec.groups.flatMap(({ rules }) => rules))
    .flatMap(({ alert, expr }) => {
      try {
        const metrics = metricsOf(expr);
        if (metrics.length === 0) return [`${alert} looks at no metric`];
        return metrics
          .filter((name) => !isKnown(name))
          .map((name) => `${alert} looks at ${name}, which is not there`);
      } catch (error) {
        return [`${alert}: ${error.message}`];
      }
    });

/** What the autoscalers go by is a metric of the apps. */
export const autoscalersHaveMetrics = (objects) =>
  ofKind(objects, 'HorizontalPodAutoscaler')
    .flatMap(({ spec }) => spec.metrics)
    .filter(({ type, pods }) => type === 'Pods' && !isKnown(pods.metric.name))
    .map(({ pods }) => `an autoscaler goes by ${pods.metric.name}, which is not there`);
