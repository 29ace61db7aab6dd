// What the API server of Kubernetes 1.34 makes of an object when it stores it: the defaults of pkg/apis/*/v1/defaults.go, quantities
// in their canonical form, base64 in one line. Only the fields that these manifests use, and none of the metadata that every object gets.
import { canonical } from './quantities.mjs';

const fill = (target, defaults) => {
  for (const [key, value] of Object.entries(defaults)) target[key] ??= value;
  return target;
};
const each = (list, change) => list?.forEach(change);
const canonicalIn = (map) => {
  for (const key of Object.keys(map ?? {})) map[key] = canonical(map[key]);
};

/** core/v1 SetDefaults_Probe and SetDefaults_HTTPGetAction. */
function fillProbe(probe) {
  if (!probe) return;
  fill(probe, { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 });
  if (probe.httpGet) fill(probe.httpGet, { scheme: 'HTTP', path: '/' });
}

/** core/v1 SetDefaults_Container and what it contains. */
function fillContainer(container) {
  const isLatest = !/[:@][^/]*$/.test(container.image) || container.image.endsWith(':latest');
  fill(container, {
    imagePullPolicy: isLatest ? 'Always' : 'IfNotPresent',
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    resources: {},
  });
  each(container.ports, (port) => fill(port, { protocol: 'TCP' }));
  each(container.env, ({ valueFrom }) => {
    if (valueFrom?.fieldRef) fill(valueFrom.fieldRef, { apiVersion: 'v1' });
  });
  for (const probe of ['startupProbe', 'readinessProbe', 'livenessProbe']) fillProbe(container[probe]);
  canonicalIn(container.resources.requests);
  canonicalIn(container.resources.limits);
}

/** core/v1 SetDefaults_Volume and what it contains. */
function fillVolume(volume) {
  if (volume.configMap) fill(volume.configMap, { defaultMode: 0o644 });
  if (volume.secret) fill(volume.secret, { defaultMode: 0o644 });
  if (volume.emptyDir?.sizeLimit) volume.emptyDir.sizeLimit = canonical(volume.emptyDir.sizeLimit);
}

/** core/v1 SetDefaults_PodSpec. */
function fillPod(pod) {
  fill(pod, {
    restartPolicy: 'Always',
    dnsPolicy: 'ClusterFirst',
    terminationGracePeriodSeconds: 30,
    schedulerName: 'default-scheduler',
    securityContext: {},
    ...(pod.serviceAccountName && { serviceAccount: pod.serviceAccountName }),
  });
  each(pod.initContainers, fillContainer);
  each(pod.containers, fillContainer);
  each(pod.volumes, fillVolume);
}

/** apps/v1 SetDefaults_Deployment. */
function fillDeployment({ spec }) {
  fill(spec, { replicas: 1, revisionHistoryLimit: 10, progressDeadlineSeconds: 600, strategy: {} });
  fill(spec.strategy, { type: 'RollingUpdate' });
  if (spec.strategy.type === 'RollingUpdate') fill(spec.strategy, { rollingUpdate: {} });
  if (spec.strategy.rollingUpdate)
    fill(spec.strategy.rollingUpdate, { maxSurge: '25%', maxUnavailable: '25%' });
  fillPod(spec.template.spec);
}

/** apps/v1 SetDefaults_StatefulSet, and for the claims core/v1 SetDefaults_PersistentVolumeClaim with the conversion of apps/v1. */
function fillStatefulSet({ spec }) {
  fill(spec, {
    replicas: 1,
    revisionHistoryLimit: 10,
    podManagementPolicy: 'OrderedReady',
    updateStrategy: { type: 'RollingUpdate', rollingUpdate: { partition: 0 } },
    persistentVolumeClaimRetentionPolicy: {},
  });
  fill(spec.persistentVolumeClaimRetentionPolicy, { whenDeleted: 'Retain', whenScaled: 'Retain' });
  each(spec.volumeClaimTemplates, (claim) => {
    fill(claim, { apiVersion: 'v1', kind: 'PersistentVolumeClaim', status: {} });
    fill(claim.status, { phase: 'Pending' });
    fill(claim.spec, { volumeMode: 'Filesystem' });
    canonicalIn(claim.spec.resources.requests);
  });
  fillPod(spec.template.spec);
}

/** core/v1 SetDefaults_Service. The addresses are allocated. */
function fillService({ spec }) {
  fill(spec, {
    type: 'ClusterIP',
    clusterIP: '10.96.0.10',
    sessionAffinity: 'None',
    internalTrafficPolicy: 'Cluster',
    ipFamilies: ['IPv4'],
    ipFamilyPolicy: 'SingleStack',
  });
  fill(spec, { clusterIPs: [spec.clusterIP] });
  each(spec.ports, (port) => fill(port, { protocol: 'TCP', targetPort: port.port }));
}

/** autoscaling/v2 SetDefaults_HorizontalPodAutoscaler. Its conversion through v1 moves the share of CPU to the end of the metrics. */
function fillAutoscaler({ spec }) {
  const isCpuShare = ({ resource }) => resource?.name === 'cpu' && resource.target.type === 'Utilization';
  spec.metrics.sort((one, other) => isCpuShare(one) - isCpuShare(other));
  each(spec.metrics, (metric) => {
    const { target } = metric.pods ?? metric.resource;
    if (target.averageValue !== undefined) target.averageValue = canonical(target.averageValue);
  });
  if (!spec.behavior) return;
  const fast = [
    { type: 'Pods', value: 4, periodSeconds: 15 },
    { type: 'Percent', value: 100, periodSeconds: 15 },
  ];
  fill(spec.behavior, { scaleUp: {}, scaleDown: {} });
  fill(spec.behavior.scaleUp, { selectPolicy: 'Max', stabilizationWindowSeconds: 0, policies: fast });
  fill(spec.behavior.scaleDown, { selectPolicy: 'Max', policies: fast.slice(1) });
}

/** networking/v1 SetDefaults_NetworkPolicy and SetDefaults_NetworkPolicyPort. */
function fillNetworkPolicy({ spec }) {
  const kinds = ['Ingress', ...(spec.egress ? ['Egress'] : [])];
  fill(spec, { policyTypes: kinds });
  each([...(spec.ingress ?? []), ...(spec.egress ?? [])], ({ ports }) =>
    each(ports, (port) => fill(port, { protocol: 'TCP' })),
  );
}

function fillSecret(secret) {
  fill(secret, { type: 'Opaque' });
  for (const [key, value] of Object.entries(secret.data ?? {}))
    secret.data[key] = Buffer.from(value, 'base64').toString('base64');
}

const byKind = {
  Deployment: fillDeployment,
  StatefulSet: fillStatefulSet,
  Service: fillService,
  HorizontalPodAutoscaler: fillAutoscaler,
  NetworkPolicy: fillNetworkPolicy,
  Secret: fillSecret,
  PriorityClass: (object) => fill(object, { preemptionPolicy: 'PreemptLowerPriority' }),
};

/** The object as the API server would store it. */
export function asStored(object) {
  const stored = JSON.parse(JSON.stringify(object));
  byKind[stored.kind]?.(stored);
  return stored;
}
