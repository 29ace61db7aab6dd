import { Cluster, Redis } from 'ioredis';
import type { Started } from './roles.js';

/** Connects to the Redis, or to the Cluster, that a process is started with. */
export function connectorOf({ port, isCluster }: Started): () => Redis | Cluster {
  return () => (isCluster ? new Cluster([{ host: '127.0.0.1', port }]) : new Redis(port));
}
