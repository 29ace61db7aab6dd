import { alertsHaveMetrics, autoscalersHaveMetrics } from './alert-rules.mjs';
import * as applyRules from './apply-rules.mjs';
import * as ingressRules from './ingress-rules.mjs';
import { objectsOf } from './manifests.mjs';
import { networkIsClosed } from './network-rules.mjs';
import * as podRules from './pod-rules.mjs';
import * as redisRules from './redis-rules.mjs';
import * as referenceRules from './reference-rules.mjs';
import { drainSecondsOf, settingsAreRead } from './settings-rules.mjs';

const { graceFitsDrain, ...eachPod } = podRules;
const { classesExist, ...eachObject } = applyRules;
const classes = objectsOf('cluster/priority-class.yaml').map(({ metadata }) => metadata.name);

/** Every rule for the objects of an overlay, by name: the faults that it finds. */
export const rules = {
  ...eachPod,
  ...referenceRules,
  ...eachObject,
  ...ingressRules,
  ...redisRules,
  classesExist: classesExist(classes),
  graceFitsDrain: (objects) => graceFitsDrain(objects, drainSecondsOf(objects)),
  networkIsClosed,
  settingsAreRead,
  alertsHaveMetrics,
  autoscalersHaveMetrics,
};
