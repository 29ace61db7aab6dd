import { environmentOf } from './settings-rules.mjs';
import { allContainersOf, named, ofKind, unless } from './workloads.mjs';

/** CoreDNS caches for so long that a name is absent: "cache 30" and "ttl 30" of the Corefile that kubeadm installs. */
const ABSENCE_CACHED_SECONDS = 30;

const redisOf = (objects) => named(objects, 'StatefulSet', 'redis');
const podsOf = ({ metadata, spec }) =>
  Array.from({ length: spec.replicas }, (_, index) => `${metadata.name}-${index}.${spec.serviceName}`);
const nodesIn = (text) => text.match(/\bredis-\d+\.redis\b/g) ?? [];
const hostsIn = (list = '') => list.split(',').map((address) => address.split(':')[0]);
const scriptsOf = (objects) =>
  ofKind(objects, 'ConfigMap')
    .filter(({ metadata }) => metadata.name.startsWith('redis-config'))
    .flatMap(({ data = {} }) => Object.values(data));

/** Wherever nodes of Redis are listed, for the services and in the pods' own environment, they are its pods. Scripts name no other ones. */
export const redisNodesAreNamed = (objects) => {
  const pods = podsOf(redisOf(objects));
  const { REDIS_SENTINELS, REDIS_CLUSTER_NODES } = environmentOf(objects, 'channels');
  const environments = allContainersOf(redisOf(objects)).flatMap(({ env = [] }) => env);
  const lists = [
    ...(pods.length > 1 ? [hostsIn(REDIS_CLUSTER_NODES ?? REDIS_SENTINELS)] : []),
    ...environments.map(({ value = '' }) => nodesIn(value)).filter((names) => names.length > 0),
  ];
  return [
    ...lists.flatMap((names) => unless(String(names) === String(pods), `${names} are named of ${pods}`)),
    ...scriptsOf(objects)
      .flatMap(nodesIn)
      .filter((name) => !pods.includes(name))
      .map((name) => `${name} of a script is no pod`),
  ];
};

/** A Cluster has at least three masters, each with a replica, which find each other before they are ready. */
export const clusterIsWhole = (objects) => {
  const { replicas, podManagementPolicy } = redisOf(objects).spec;
  if (!scriptsOf(objects).some((text) => text.includes('cluster meet'))) return [];
  return [
    ...unless(replicas >= 6 && replicas % 2 === 0, `${replicas} nodes are no masters with a replica each`),
    ...unless(
      podManagementPolicy === 'Parallel',
      'each node waits for the one before, and that for the slots',
    ),
    ...unless(
      environmentOf(objects, 'channels').REDIS_CLUSTER_NODES,
      'the services do not know that it is a Cluster',
    ),
  ];
};

/**
 * That DNS takes a name of Redis for absent, for 30 s after it is back, stops nobody. Either the name never goes, as that of a Service with
 * an address does not; or others are named beside it, and a rollout leaves each pod so much time before it takes the next.
 */
export const absentNamesAreSurvived = (objects) => {
  const redis = redisOf(objects);
  const { REDIS_HOST, REDIS_SENTINELS, REDIS_CLUSTER_NODES } = environmentOf(objects, 'channels');
  if (REDIS_HOST) {
    const service = named(objects, 'Service', REDIS_HOST);
    return unless(
      service && service.spec.clusterIP !== 'None',
      `${REDIS_HOST} is absent while Redis is away`,
    );
  }
  const finds = named(objects, 'Service', redis.spec.serviceName).spec.publishNotReadyAddresses;
  return [
    ...unless(hostsIn(REDIS_CLUSTER_NODES ?? REDIS_SENTINELS).length > 2, 'too few names are known'),
    ...unless(
      redis.spec.minReadySeconds > ABSENCE_CACHED_SECONDS,
      'a rollout takes the next pod before the last one can be found',
    ),
    ...unless(finds, 'its pods do not find each other before they are ready'),
  ];
};
