import { describe, expect, it } from '@jest/globals';
import { nextKeys } from '../../deploy/auth-keys.mjs';
import { metricsOf } from '../../deploy/tests/promql.mjs';
import { writtenObjects } from './manifests.mjs';
import { rules } from './rules.mjs';
import { named, podOf } from './workloads.mjs';

const object = (kind, name, data) => ({ kind, metadata: { name }, data });
const base64 = (text) => Buffer.from(text).toString('base64');

/** The objects as written, with those that Kustomize and the secrets add in an overlay. */
function objects() {
  const keys = nextKeys();
  const password = { REDIS_PASSWORD: base64('secret') };
  const keyed = {
    ...password,
    AUTH_PRIVATE_KEYS: base64(keys.AUTH_PRIVATE_KEYS),
    AUTH_PUBLIC_KEYS: base64(keys.AUTH_PUBLIC_KEYS),
  };
  const added = ['auth', 'users', 'channels', 'gateway'].flatMap((name) => [
    object('Secret', name, ['auth', 'gateway'].includes(name) ? keyed : password),
    object(
      'ConfigMap',
      `${name}-settings`,
      name === 'gateway' ? { DRAIN_SECONDS: '20', TRUST_PROXY: 'true' } : {},
    ),
  ]);
  added.push(object('ConfigMap', 'settings', { REDIS_HOST: 'redis-address', METRICS_HOST: '0.0.0.0' }));
  added.push(object('ConfigMap', 'redis-config', {}), object('Secret', 'redis', { 'users.acl': '' }));
  const all = [
    ...writtenObjects().filter(
      ({ kind, metadata }) => `${kind} ${metadata.name}` !== 'PodDisruptionBudget redis',
    ),
    ...added,
  ];
  for (const name of ['auth', 'users', 'channels', 'gateway']) container(all, name).image = 'parley:1.0.0';
  return all;
}

const pod = (all, name = 'auth') => podOf(named(all, 'Deployment', name));
const container = (all, name = 'auth') => pod(all, name).containers[0];
const policy = (all, name) => named(all, 'NetworkPolicy', name).spec;
describe('the rules for manifests', () => {
  it.each(Object.keys(rules))('find no fault in what is written: %s', (name) => {
    expect(rules[name](objects())).toEqual([]);
  });

  it.each([
    ['an image without a version', 'imagesHaveVersions', (all) => (container(all).image = 'parley')],
    [
      'the latest image',
      'imagesHaveVersions',
      (all) => (container(all).image = 'registry:5000/parley:latest'),
    ],
    [
      'a pod that may run as root',
      'podsAreRestricted',
      (all) => (pod(all).securityContext.runAsNonRoot = false),
    ],
    [
      'a container that runs as root',
      'podsAreRestricted',
      (all) => (container(all).securityContext.runAsUser = 0),
    ],
    [
      'a pod without a seccomp profile',
      'podsAreRestricted',
      (all) => delete pod(all).securityContext.seccompProfile,
    ],
    [
      'a container with a capability',
      'podsAreRestricted',
      (all) => (container(all).securityContext.capabilities.drop = []),
    ],
    [
      'a container that may gain privileges',
      'podsAreRestricted',
      (all) => delete container(all).securityContext.allowPrivilegeEscalation,
    ],
    [
      'a root file system to write to',
      'podsAreRestricted',
      (all) => delete container(all).securityContext.readOnlyRootFilesystem,
    ],
    [
      'a folder of the node',
      'podsAreRestricted',
      (all) => (pod(all).volumes = [{ name: 'node', hostPath: { path: '/' } }]),
    ],
    [
      'a container without a limit of memory',
      'resourcesAreSet',
      (all) => delete container(all).resources.limits.memory,
    ],
    [
      'a container without a request of CPU',
      'resourcesAreSet',
      (all) => delete container(all).resources.requests.cpu,
    ],
    [
      'a container that is not asked whether it is ready',
      'probesAreSet',
      (all) => delete container(all).readinessProbe,
    ],
    ['a pod with a token', 'podsHaveNoRights', (all) => delete pod(all).automountServiceAccountToken],
    [
      "a pod with another one's account",
      'podsHaveNoRights',
      (all) => (pod(all).serviceAccountName = 'users'),
    ],
    ['a role', 'podsHaveNoRights', (all) => all.push(object('Role', 'reader'))],
    [
      'a rollout that takes a replica away',
      'rolloutsKeepReplicas',
      (all) => delete named(all, 'Deployment', 'auth').spec.strategy,
    ],
    [
      'a workload without a disruption budget',
      'rolloutsKeepReplicas',
      (all) => (named(all, 'PodDisruptionBudget', 'auth').spec.maxUnavailable = 2),
    ],
    [
      'a Redis with replicas whose readiness is a PING',
      'redisWaitsForReplicas',
      (all) => (named(all, 'StatefulSet', 'redis').spec.replicas = 3),
    ],
    [
      'a Redis that is ended while it loads',
      'redisWaitsForReplicas',
      (all) => podOf(named(all, 'StatefulSet', 'redis')).containers[0].livenessProbe.exec.command.push('-e'),
    ],
    [
      'a grace shorter than the drain',
      'graceFitsDrain',
      (all) => (pod(all, 'gateway').terminationGracePeriodSeconds = 30),
    ],
    [
      'a longer wait before the drain',
      'graceFitsDrain',
      (all) => (container(all, 'gateway').lifecycle.preStop.sleep.seconds = 20),
    ],
    [
      'a workload that selects other pods',
      'selectorsMatch',
      (all) => (named(all, 'Deployment', 'auth').spec.selector.matchLabels = { app: 'other' }),
    ],
    [
      'a budget for nothing',
      'selectorsMatch',
      (all) => (named(all, 'PodDisruptionBudget', 'auth').spec.selector.matchLabels = { app: 'other' }),
    ],
    [
      'a monitor of a port that is not there',
      'selectorsMatch',
      (all) => (named(all, 'ServiceMonitor', 'parley').spec.endpoints[0].port = 'other'),
    ],
    [
      'a Service of a port that nobody listens on',
      'portsExist',
      (all) => (named(all, 'Service', 'auth').spec.ports[0].targetPort = 'other'),
    ],
    [
      'a probe of a port that nobody listens on',
      'portsExist',
      (all) => (container(all).livenessProbe.httpGet.port = 3000),
    ],
    [
      'an ingress to a Service that is not there',
      'portsExist',
      (all) => (named(all, 'Ingress', 'gateway').spec.rules[0].http.paths[0].backend.service.name = 'web'),
    ],
    [
      'an autoscaler of something that is not there',
      'autoscalersHaveTargets',
      (all) => (named(all, 'HorizontalPodAutoscaler', 'auth').spec.scaleTargetRef.name = 'other'),
    ],
    [
      'a key that no Secret has',
      'referencesExist',
      (all) => (container(all).env[1].valueFrom.secretKeyRef.key = 'PASSWORD'),
    ],
    [
      'a ConfigMap that is not there',
      'referencesExist',
      (all) => (container(all).envFrom[0].configMapRef.name = 'other'),
    ],
    [
      'a mount without a volume',
      'referencesExist',
      (all) => (container(all).volumeMounts = [{ name: 'tmp', mountPath: '/tmp' }]),
    ],
    [
      'a setting that the app does not read',
      'settingsAreRead',
      (all) => (named(all, 'ConfigMap', 'settings').data.DRAIN_SECONDS = '20'),
    ],
    [
      'a value that the app does not take',
      'settingsAreRead',
      (all) => (named(all, 'ConfigMap', 'settings').data.LOG_LEVEL = 'loud'),
    ],
    [
      'a private key for the gateways',
      'settingsAreRead',
      (all) => (named(all, 'Secret', 'gateway').data.AUTH_PUBLIC_KEYS = base64(nextKeys().AUTH_PRIVATE_KEYS)),
    ],
    ['no keys', 'settingsAreRead', (all) => delete named(all, 'Secret', 'auth').data.AUTH_PRIVATE_KEYS],
    [
      'a port that the app does not listen on',
      'settingsAreRead',
      (all) => (named(all, 'ConfigMap', 'gateway-settings').data.PORT = '8080'),
    ],
    [
      'a pod that the policies leave out',
      'networkIsClosed',
      (all) => (policy(all, 'default-deny').podSelector = { matchLabels: { app: 'x' } }),
    ],
    [
      'a Redis that all may reach',
      'networkIsClosed',
      (all) => delete policy(all, 'redis-from-services').ingress[0].from,
    ],
    [
      'a service that does not reach Redis',
      'networkIsClosed',
      (all) => policy(all, 'services-to-redis').podSelector.matchExpressions[0].values.pop(),
    ],
    [
      'a gateway that all may reach',
      'networkIsClosed',
      (all) => delete policy(all, 'clients-to-gateway').ingress[0].from,
    ],
    ['pods that cannot ask for names', 'networkIsClosed', (all) => policy(all, 'names').egress.pop()],
    [
      'an alert on a metric that is not there',
      'alertsHaveMetrics',
      (all) =>
        (named(all, 'PrometheusRule', 'parley').spec.groups[0].rules[0].expr = 'gateway_connection > 1'),
    ],
    [
      'an autoscaler by a metric that is not there',
      'autoscalersHaveMetrics',
      (all) =>
        named(all, 'HorizontalPodAutoscaler', 'gateway').spec.metrics.push({
          type: 'Pods',
          pods: { metric: { name: 'connections' } },
        }),
    ],
  ])('refuse %s', (_title, rule, spoil) => {
    const all = objects();
    spoil(all);
    expect(rules[rule](all)).not.toEqual([]);
  });
});

describe('metricsOf', () => {
  it('tells metrics from labels, functions and durations', () => {
    const expression = 'sum by (job) (rate(a_total{code="4008", b=~"c"}[5m])) / on (job) max(d:e) > 0.5';
    expect(metricsOf(expression)).toEqual(['a_total', 'd:e']);
  });

  it('refuses what is no PromQL', () => {
    expect(() => metricsOf('sum(a_total')).toThrow('no PromQL');
  });
});
