import '../../apps/auth/dist/metrics.js';
import '../../apps/gateway/dist/metrics.js';
import '../../apps/users/dist/metrics.js';
import { collectDefaultMetrics, register } from 'prom-client';
import { ofKind } from './workloads.mjs';

collectDefaultMetrics();
const known = new Set(['up', ...register.getMetricsAsArray().map(({ name }) => name)]);
const keywords = new Set(['by', 'without', 'on', 'ignoring', 'and', 'or', 'unless', 'offset', 'bool']);

/** The names of metrics in an expression: what is neither a function, a keyword, a label nor a duration. */
export function metricsOf(expression) {
  const bare = expression
    .replace(/\{[^}]*\}|\[[^\]]*\]|"[^"]*"/g, ' ')
    .replace(/\b(by|without|on|ignoring)\s*\([^)]*\)/g, ' ');
  return [...bare.matchAll(/\b[a-zA-Z_:][\w:]*\b(?!\s*\()/g)]
    .map(([name]) => name)
    .filter((name) => !keywords.has(name));
}

const rulesOf = (object) => object.spec.groups.flatMap(({ rules }) => rules);

/** Each alert looks at metrics that the apps have. */
export const alertsHaveMetrics = (objects) =>
  ofKind(objects, 'PrometheusRule')
    .flatMap(rulesOf)
    .flatMap(({ alert, expr }) => {
      const metrics = metricsOf(expr);
      if (metrics.length === 0) return [`${alert} looks at no metric`];
      return metrics
        .filter((name) => !known.has(name))
        .map((name) => `${alert} looks at ${name}, which is not there`);
    });

/** What the autoscalers go by is a metric of the apps. */
export const autoscalersHaveMetrics = (objects) =>
  ofKind(objects, 'HorizontalPodAutoscaler')
    .flatMap(({ spec }) => spec.metrics)
    .filter(({ type, pods }) => type === 'Pods' && !known.has(pods.metric.name))
    .map(({ pods }) => `an autoscaler goes by ${pods.metric.name}, which is not there`);
