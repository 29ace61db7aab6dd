import { isDeepStrictEqual } from 'node:util';
import { asStored } from './stored.mjs';
import { eachWorkload, nameOf, ofKind, podOf, unless } from './workloads.mjs';

/** Lists that Kubernetes merges, and the fields that tell their elements apart (x-kubernetes-list-map-keys). It compares all others as a whole. */
const KEYS_OF = {
  containers: ['name'],
  initContainers: ['name'],
  env: ['name'],
  volumes: ['name'],
  volumeMounts: ['mountPath'],
  topologySpreadConstraints: ['topologyKey', 'whenUnsatisfiable'],
};
/** Ports of a container by "containerPort", of a Service by "port". Those of a NetworkPolicy are in lists that are compared as a whole. */
const keysOf = (field, [first]) =>
  field === 'ports' ? [first?.containerPort ? 'containerPort' : 'port', 'protocol'] : KEYS_OF[field];

/** Objects that are compared as a whole (x-kubernetes-map-type: atomic). */
const WHOLE = ['selector', 'podSelector', 'labelSelector', 'secretKeyRef', 'fieldRef'];
/** Objects whose fields must all be named, or else apply sends them each time (patchStrategy "retainKeys"). */
const COMPLETE = ['strategy'];

const isMap = (value) => typeof value === 'object' && value !== null && !Array.isArray(value);

/** Where the server stores something else than what is written, so that each apply would change it or come into conflict. */
function differences(written, stored, path, field) {
  if (Array.isArray(written) && keysOf(field, written)) {
    return written.flatMap((each, index) =>
      differences(each, stored[index], `${path}[${index}]`, field === 'volumes' ? 'volume' : ''),
    );
  }
  if (!isMap(written) || WHOLE.includes(field))
    return unless(isDeepStrictEqual(written, stored), `${path} is stored otherwise`);
  const missing = [...COMPLETE, 'volume'].includes(field)
    ? Object.keys(stored).filter((key) => !(key in written))
    : [];
  return [
    ...missing.map((key) => `${path} lacks ${key}`),
    ...Object.entries(written).flatMap(([key, value]) =>
      differences(value, stored[key], `${path}.${key}`, key),
    ),
  ];
}

/**
 * Each value is written as the server stores it. A second `kubectl apply` then finds nothing to change, and `--server-side` after it
 * finds no value that another manager has set otherwise.
 */
export const storedAsWritten = (objects) =>
  objects.flatMap((object) =>
    differences(object, asStored(object), '', '').map((fault) => `${nameOf(object)}: ${fault}`),
  );

/** No two elements of a merged list have the same key: server-side apply refuses them. */
export const listsHaveKeys = (objects) =>
  objects.flatMap((object) => doubles(object, '').map((fault) => `${nameOf(object)}: ${fault}`));

function doubles(value, field) {
  if (Array.isArray(value)) {
    const names = keysOf(field, value);
    const keys = names ? value.map((each) => names.map((name) => each[name] ?? 'TCP').join()) : [];
    const twice = keys.filter((key, index) => keys.indexOf(key) < index);
    return [
      ...twice.map((key) => `${field} has ${key} twice`),
      ...value.flatMap((each) => doubles(each, '')),
    ];
  }
  return isMap(value) ? Object.entries(value).flatMap(([key, each]) => doubles(each, key)) : [];
}

/** Kinds that an overlay may have: all in its namespace, none that holds data or that others use. */
const OWNED = [
  'ConfigMap',
  'Deployment',
  'HorizontalPodAutoscaler',
  'Ingress',
  'NetworkPolicy',
  'PodDisruptionBudget',
  'PrometheusRule',
  'Secret',
  'Service',
  'ServiceAccount',
  'ServiceMonitor',
  'StatefulSet',
];

/** `kubectl delete -k` keeps the namespace and the volumes, and `apply --dry-run=server` needs nothing that the same apply makes. */
export const deleteKeepsData = (objects) => [
  ...objects
    .filter(({ kind }) => !OWNED.includes(kind))
    .map((object) => `${nameOf(object)}: an overlay may not own it`),
  ...ofKind(objects, 'StatefulSet').flatMap((set) => {
    const { whenDeleted, whenScaled } = set.spec.persistentVolumeClaimRetentionPolicy ?? {};
    return unless(whenDeleted === 'Retain' && whenScaled === 'Retain', `${nameOf(set)}: its volumes may go`);
  }),
];

/**
 * What the server refuses to change in an object that is there (ValidateDeploymentUpdate, ValidateStatefulSetUpdate,
 * ValidateServiceUpdate). A different value here means that every installation has to delete the object first.
 */
const IMMUTABLE = {
  'Deployment auth': { selector: { matchLabels: { 'app.kubernetes.io/name': 'auth' } } },
  'Deployment users': { selector: { matchLabels: { 'app.kubernetes.io/name': 'users' } } },
  'Deployment channels': { selector: { matchLabels: { 'app.kubernetes.io/name': 'channels' } } },
  'Deployment gateway': { selector: { matchLabels: { 'app.kubernetes.io/name': 'gateway' } } },
  'StatefulSet redis': {
    selector: { matchLabels: { 'app.kubernetes.io/name': 'redis' } },
    serviceName: 'redis',
    revisionHistoryLimit: 10,
  },
  'Service auth': { clusterIP: 'None' },
  'Service users': { clusterIP: 'None' },
  'Service channels': { clusterIP: 'None' },
  'Service redis': { clusterIP: 'None' },
  'Service gateway': { clusterIP: '10.96.0.10' },
};

/** The claim of Redis's volume as it is stored. Its size is the overlay's own. */
const CLAIM = {
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name: 'data' },
  spec: { accessModes: ['ReadWriteOnce'], volumeMode: 'Filesystem' },
  status: { phase: 'Pending' },
};

/** No field differs that cannot change in an installation: selectors, the claims of volumes, addresses. */
export const immutableFieldsStay = (objects) => [
  ...objects.flatMap((object) => {
    const { spec } = asStored(object);
    return Object.entries(IMMUTABLE[nameOf(object)] ?? {}).flatMap(([field, value]) =>
      unless(isDeepStrictEqual(spec[field], value), `${nameOf(object)}: ${field} cannot change`),
    );
  }),
  ...ofKind(objects, 'StatefulSet').flatMap((set) => {
    const claims = asStored(set).spec.volumeClaimTemplates.map((claim) => {
      const { resources, ...spec } = claim.spec;
      return { ...claim, spec };
    });
    const { replicas, podManagementPolicy } = asStored(set).spec;
    const managed = replicas > 1 ? 'Parallel' : 'OrderedReady';
    return [
      ...unless(isDeepStrictEqual(claims, [CLAIM]), `${nameOf(set)}: volumeClaimTemplates cannot change`),
      ...unless(podManagementPolicy === managed, `${nameOf(set)}: podManagementPolicy cannot change`),
    ];
  }),
];

/** Redis is placed before other pods: its class is there, in k8s/cluster. */
export const classesExist = (classes) => (objects) =>
  eachWorkload(objects, (workload) => {
    const { priorityClassName } = podOf(workload);
    return [
      ...unless(
        workload.metadata.name !== 'redis' || priorityClassName,
        'has no priority over pods that need it',
      ),
      ...unless(
        !priorityClassName || classes.includes(priorityClassName),
        `${priorityClassName} is in no priority class of k8s/cluster`,
      ),
    ];
  });
