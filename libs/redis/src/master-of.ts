import calculateSlot from 'cluster-key-slot';
import type { Cluster } from 'ioredis';

/**
 * The master that holds the keys of a hash tag, as far as this client knows: its `host:port`, or '' where it does not.
 * It tells what shares a fate; commands are sent to where the keys really are.
 */
export const masterOf = (cluster: Cluster, hashTag: string): string =>
  cluster.slots[calculateSlot(hashTag)]?.[0] ?? '';
