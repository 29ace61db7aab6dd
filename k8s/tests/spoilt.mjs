import { named, ofKind, podOf } from './workloads.mjs';

const ingress = (all) => named(all, 'Ingress', 'gateway');
const annotations = (all) => ingress(all).metadata.annotations;
const paths = (all) => ingress(all).spec.rules[0].http.paths;
const redis = (all) => named(all, 'StatefulSet', 'redis').spec;
const claim = (all) => redis(all).volumeClaimTemplates[0];
const settings = (all, name) =>
  ofKind(all, 'ConfigMap').find(({ metadata }) => new RegExp(`^${name}-[a-z0-9]+$`).test(metadata.name)).data;
const deployment = (all) => named(all, 'Deployment', 'auth').spec;
const policy = (all, name) => named(all, 'NetworkPolicy', name).spec;

/** What a rule refuses in the production overlay with ingress, TLS and a Redis Cluster: what it is, the rule, and how to get there. */
export const spoilt = [
  ['a host without TLS', 'hostsHaveTls', (all) => (ingress(all).spec.tls[0].hosts = ['other.example.org'])],
  ['TLS without a certificate', 'hostsHaveTls', (all) => delete ingress(all).spec.tls[0].secretName],
  ['every host', 'hostsHaveTls', (all) => delete ingress(all).spec.rules[0].host],
  [
    'plain HTTP',
    'hostsHaveTls',
    (all) => delete annotations(all)['nginx.ingress.kubernetes.io/ssl-redirect'],
  ],
  [
    'a proxy that cuts WebSockets',
    'webSocketsLive',
    (all) => (annotations(all)['nginx.ingress.kubernetes.io/proxy-read-timeout'] = '30'),
  ],
  [
    'a proxy that gives up at a full gateway',
    'webSocketsLive',
    (all) => (annotations(all)['nginx.ingress.kubernetes.io/proxy-next-upstream'] = 'error'),
  ],
  [
    'public metrics',
    'onlyClientsPortIsPublic',
    (all) => (paths(all)[0].backend.service.port.name = 'metrics'),
  ],
  [
    'an ingress to another service',
    'onlyClientsPortIsPublic',
    (all) => (paths(all)[0].backend.service.name = 'auth'),
  ],
  [
    'a Prometheus at the port for clients',
    'networkIsClosed',
    (all) => (policy(all, 'prometheus-to-services').ingress[0].ports[0].port = 'http'),
  ],
  [
    'metrics that nobody outside the pod can read',
    'settingsAreRead',
    (all) => delete settings(all, 'settings').METRICS_HOST,
  ],
  [
    'a proxy that is not trusted',
    'forwardedIsTrusted',
    (all) => delete settings(all, 'gateway-settings').TRUST_PROXY,
  ],
  ['trust without a proxy', 'forwardedIsTrusted', (all) => all.splice(all.indexOf(ingress(all)), 1)],
  [
    'a controller that the policies keep out',
    'controllerReachesGateways',
    (all) => (ingress(all).spec.ingressClassName = 'traefik'),
  ],
  [
    'a service that is open to outside',
    'servicesAreInternal',
    (all) => (named(all, 'Service', 'gateway').spec.type = 'LoadBalancer'),
  ],
  ['a node too few', 'redisNodesAreNamed', (all) => (redis(all).replicas = 5)],
  ['a Cluster of five', 'clusterIsWhole', (all) => (redis(all).replicas = 5)],
  ['nodes one after the other', 'clusterIsWhole', (all) => delete redis(all).podManagementPolicy],
  [
    'a list of the pods that lacks one',
    'redisNodesAreNamed',
    (all) =>
      redis(all).template.spec.containers[0].env.push({
        name: 'NODES',
        value: 'redis-0.redis redis-1.redis',
      }),
  ],
  [
    'a script that knows more nodes',
    'redisNodesAreNamed',
    (all) => (settings(all, 'redis-config')['join.sh'] += 'redis-cli -h redis-6.redis ping'),
  ],
  [
    'services that do not know of the Cluster',
    'clusterIsWhole',
    (all) => delete settings(all, 'settings').REDIS_CLUSTER_NODES,
  ],
  [
    'a bus that is closed',
    'networkIsClosed',
    (all) => policy(all, 'redis-among-itself').ingress[0].ports.splice(1, 1),
  ],
  [
    'a bus that services reach',
    'networkIsClosed',
    (all) => {
      const port = { protocol: 'TCP', port: 16379 };
      policy(all, 'redis-from-services').ingress[0].ports.push(port);
      policy(all, 'services-to-redis').egress[0].ports.push(port);
    },
  ],
  [
    'a rollout faster than names come back',
    'absentNamesAreSurvived',
    (all) => delete redis(all).minReadySeconds,
  ],
  [
    'the name of a headless Service',
    'absentNamesAreSurvived',
    (all) => (settings(all, 'settings').REDIS_HOST = 'redis'),
  ],
  [
    'pods that are found when they are ready',
    'absentNamesAreSurvived',
    (all) => delete named(all, 'Service', 'redis').spec.publishNotReadyAddresses,
  ],
  [
    'a class that is not there',
    'classesExist',
    (all) => (redis(all).template.spec.priorityClassName = 'high'),
  ],
  ['a Redis without a class', 'classesExist', (all) => delete redis(all).template.spec.priorityClassName],
  [
    'a namespace of its own',
    'deleteKeepsData',
    (all) => all.push({ kind: 'Namespace', metadata: { name: 'parley' } }),
  ],
  [
    'volumes that go with Redis',
    'deleteKeepsData',
    (all) => (redis(all).persistentVolumeClaimRetentionPolicy.whenDeleted = 'Delete'),
  ],
  [
    'another selector',
    'immutableFieldsStay',
    (all) => (deployment(all).selector.matchLabels['app.kubernetes.io/part-of'] = 'parley'),
  ],
  [
    'a label on a volume',
    'immutableFieldsStay',
    (all) => (claim(all).metadata.labels = { 'app.kubernetes.io/part-of': 'parley' }),
  ],
  [
    'pods of Redis one after the other',
    'immutableFieldsStay',
    (all) => delete redis(all).podManagementPolicy,
  ],
  [
    'an address of Redis',
    'immutableFieldsStay',
    (all) => delete named(all, 'Service', 'redis').spec.clusterIP,
  ],
  ['a strategy without a type', 'storedAsWritten', (all) => delete deployment(all).strategy.type],
  ['a claim without a mode', 'storedAsWritten', (all) => delete claim(all).spec.volumeMode],
  ['a claim without its phase', 'storedAsWritten', (all) => delete claim(all).status],
  [
    'half a core as a fraction',
    'storedAsWritten',
    (all) => (podOf(named(all, 'Deployment', 'auth')).containers[0].resources.requests.cpu = '0.5'),
  ],
  [
    '10k in full',
    'storedAsWritten',
    (all) =>
      (named(all, 'HorizontalPodAutoscaler', 'gateway').spec.metrics[0].pods.target.averageValue = '10000'),
  ],
  [
    'the share of CPU first',
    'storedAsWritten',
    (all) => named(all, 'HorizontalPodAutoscaler', 'gateway').spec.metrics.reverse(),
  ],
  [
    'a policy for a port of no protocol',
    'storedAsWritten',
    (all) => delete policy(all, 'clients-to-gateway').ingress[0].ports[0].protocol,
  ],
  [
    'base64 in two lines',
    'storedAsWritten',
    (all) => {
      const { data } = ofKind(all, 'Secret').find((secret) => secret.data['users.acl']);
      data['users.acl'] = `${data['users.acl'].slice(0, 70)}\n${data['users.acl'].slice(70)}`;
    },
  ],
  [
    'a variable that is there twice',
    'listsHaveKeys',
    (all) => {
      const { env } = podOf(named(all, 'Deployment', 'auth')).containers[0];
      env.push(env[0]);
    },
  ],
];
