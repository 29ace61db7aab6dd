import {
  allContainersOf,
  eachContainer,
  eachWorkload,
  named,
  ofKind,
  podLabelsOf,
  podOf,
  selects,
  unless,
} from './workloads.mjs';

/** Each image names a version. */
export const imagesHaveVersions = (objects) =>
  eachContainer(objects, ({ image }) =>
    unless(/(:(?!latest)[\w.-]+|@sha256:[0-9a-f]{64})$/.test(image), `${image} names no version`),
  );

/** The "restricted" profile of the Pod Security Standards, and a read-only root file system. */
export const podsAreRestricted = (objects) => [
  ...eachWorkload(objects, (workload) => {
    const pod = podOf(workload);
    const { runAsNonRoot, runAsUser, seccompProfile } = pod.securityContext ?? {};
    const plain = [
      'configMap',
      'secret',
      'emptyDir',
      'persistentVolumeClaim',
      'projected',
      'downwardAPI',
      'csi',
      'ephemeral',
    ];
    return [
      ...unless(runAsNonRoot === true, 'may run as root'),
      ...unless(runAsUser > 0, 'names no user but root'),
      ...unless(seccompProfile?.type === 'RuntimeDefault', 'has no seccomp profile'),
      ...unless(!(pod.hostNetwork || pod.hostPID || pod.hostIPC), 'shares a name space with its node'),
      ...(pod.volumes ?? []).flatMap(({ name, ...source }) =>
        unless(
          Object.keys(source).every((kind) => plain.includes(kind)),
          `volume ${name} is of a kind that is not allowed`,
        ),
      ),
    ];
  }),
  ...eachContainer(objects, ({ securityContext = {}, ports = [] }) => [
    ...unless(securityContext.allowPrivilegeEscalation === false, 'may gain privileges'),
    ...unless(securityContext.readOnlyRootFilesystem === true, 'may write to its root file system'),
    ...unless(securityContext.capabilities?.drop?.includes('ALL'), 'keeps capabilities'),
    ...unless(!securityContext.capabilities?.add, 'adds capabilities'),
    ...unless(!securityContext.privileged, 'is privileged'),
    ...unless(securityContext.runAsNonRoot !== false && securityContext.runAsUser !== 0, 'runs as root'),
    ...unless(
      ports.every(({ hostPort }) => hostPort === undefined),
      'takes a port of its node',
    ),
  ]),
];

/** Each container has requests and limits. */
export const resourcesAreSet = (objects) =>
  eachContainer(objects, ({ resources = {} }) =>
    ['requests', 'limits'].flatMap((kind) =>
      ['cpu', 'memory'].flatMap((what) => unless(resources[kind]?.[what], `has no ${what} in its ${kind}`)),
    ),
  );

/** Each container with a port has a startup, a readiness and a liveness probe. */
export const probesAreSet = (objects) =>
  eachContainer(
    objects,
    (container) =>
      ['startupProbe', 'readinessProbe', 'livenessProbe'].flatMap((probe) =>
        unless(container[probe], `has no ${probe}`),
      ),
    (workload) => podOf(workload).containers.filter(({ ports }) => ports),
  );

/** No pod has a token for the Kubernetes API or variables that are not settings; each has its own service account. */
export const podsHaveNoRights = (objects) => [
  ...eachWorkload(objects, (workload) => {
    const { serviceAccountName: name, automountServiceAccountToken, enableServiceLinks } = podOf(workload);
    return [
      ...unless(name === workload.metadata.name, 'has no service account of its own'),
      ...unless(
        named(objects, 'ServiceAccount', name)?.automountServiceAccountToken === false,
        `service account ${name} hands out tokens`,
      ),
      ...unless(automountServiceAccountToken === false, 'gets a token'),
      ...unless(enableServiceLinks === false, 'gets variables of other Services'),
    ];
  }),
  ...['Role', 'ClusterRole', 'RoleBinding', 'ClusterRoleBinding'].flatMap((kind) =>
    ofKind(objects, kind).map(({ metadata }) => `${kind} ${metadata.name}: nobody here needs one`),
  ),
];

/** A rollout removes no replica before another one is ready, and draining a node removes at most one. */
export const rolloutsKeepReplicas = (objects) =>
  eachWorkload(objects, (workload) => {
    const { kind, spec } = workload;
    const alone = kind === 'StatefulSet' && spec.replicas === 1;
    const autoscalers = ofKind(objects, 'HorizontalPodAutoscaler').map(
      (each) => each.spec.scaleTargetRef.name,
    );
    const budgets = ofKind(objects, 'PodDisruptionBudget').filter((budget) =>
      selects(budget.spec.selector, podLabelsOf(workload)),
    );
    return [
      ...unless(
        kind !== 'Deployment' || spec.strategy?.rollingUpdate?.maxUnavailable === 0,
        'a rollout takes replicas away',
      ),
      ...unless(
        spec.replicas === undefined || !autoscalers.includes(workload.metadata.name),
        'sets the replicas, which its autoscaler decides',
      ),
      ...unless(
        alone || budgets.some((budget) => budget.spec.maxUnavailable === 1),
        'has no disruption budget of one',
      ),
      ...unless(alone || podOf(workload).topologySpreadConstraints, 'is not spread over machines'),
    ];
  });

const isPing = ({ exec }) => exec.command.at(-1) === 'ping';

/**
 * A Redis with replicas is ready when it replicates, and available when the others have had time to notice. No probe
 * ends a Redis that loads: it answers a PING with an error meanwhile, which is no failure without -e.
 */
export const redisWaitsForReplicas = (objects) =>
  eachWorkload(objects, (workload) => {
    const { kind, spec } = workload;
    const redis = podOf(workload).containers.find(({ name }) => name === 'redis');
    if (kind !== 'StatefulSet' || redis === undefined) return [];
    const alone = spec.replicas === 1;
    return [
      ...unless(alone || !isPing(redis.readinessProbe), 'is ready without its replicas'),
      ...unless(alone || spec.minReadySeconds > 10, 'is available before a Sentinel has looked at it'),
      ...unless(alone || spec.podManagementPolicy === 'Parallel', 'starts no pod before another is ready'),
      ...['startupProbe', 'livenessProbe'].flatMap((probe) =>
        unless(!redis[probe].exec.command.includes('-e'), `is ended by its ${probe} while it loads`),
      ),
    ];
  });

/** Longest time that a service takes to finish its work in progress, in seconds: docs/operations.md, "Health". */
const FINISH_SECONDS = 8;
const MARGIN_SECONDS = 5;

/**
 * Each service has enough time to end before it is killed, and a gateway also enough to drain.
 * @param {(workload: object) => number} drainSeconds DRAIN_SECONDS of a workload that drains, 0 for the others
 */
export const graceFitsDrain = (objects, drainSeconds) =>
  eachWorkload(objects, (workload) => {
    const waits = allContainersOf(workload).map(({ lifecycle }) => lifecycle?.preStop?.sleep?.seconds ?? 0);
    const needed = Math.max(...waits) + drainSeconds(workload) + FINISH_SECONDS + MARGIN_SECONDS;
    const grace = podOf(workload).terminationGracePeriodSeconds ?? 30;
    return unless(grace >= needed, `is killed after ${grace} s and needs ${needed} s`);
  });
