import calculateSlot from 'cluster-key-slot';
import { Cluster, type Redis } from 'ioredis';
import type { RedisConnection } from './connection.js';

/**
 * Returns the `host:port` of the master that holds the keys of a hash tag, or '' if this client does not know it. Use it to
 * group what fails together, not to route: a client sends its commands to where the keys really are.
 */
export const masterOf = (cluster: Cluster, hashTag: string): string =>
  cluster.slots[calculateSlot(hashTag)]?.[0] ?? '';

/** The clients of all masters: those of a Cluster, as far as this client knows them, or the only one. */
export const mastersOf = (redis: RedisConnection): Redis[] =>
  redis instanceof Cluster ? redis.nodes('master') : [redis];
