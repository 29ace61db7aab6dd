import calculateSlot from 'cluster-key-slot';
import type { Cluster } from 'ioredis';

/**
 * Returns the `host:port` of the master that holds the keys of a hash tag, or '' if this client does not know it. Use it to
 * group what fails together, not to route: a client sends its commands to where the keys really are.
 */
export const masterOf = (cluster: Cluster, hashTag: string): string =>
  cluster.slots[calculateSlot(hashTag)]?.[0] ?? '';
