import { faultsOf, isKnown } from '../../deploy/tests/promql.mjs';
import { ofKind } from './workloads.mjs';

/** Each alert is PromQL and reads only metrics of the apps. */
export const alertsHaveMetrics = (objects) =>
  ofKind(objects, 'PrometheusRule')
    .flatMap(({ spec }) => spec.groups.flatMap(({ rules }) => rules))
    .flatMap(({ alert, expr }) => faultsOf(expr).map((fault) => `${alert} ${fault}`));

/** Each metric of an autoscaler is a metric of the apps. */
export const autoscalersHaveMetrics = (objects) =>
  ofKind(objects, 'HorizontalPodAutoscaler')
    .flatMap(({ spec }) => spec.metrics)
    .filter(({ type, pods }) => type === 'Pods' && !isKnown(pods.metric.name))
    .map(({ pods }) => `an autoscaler goes by ${pods.metric.name}, which is not there`);
