import type { RedisConnection } from '@parley/redis';

/** The command that publishes a frame. On a Cluster it is the sharded one, which only the nodes of the slot receive. */
export const publishCommand = (redis: RedisConnection): 'PUBLISH' | 'SPUBLISH' =>
  redis.isCluster ? 'SPUBLISH' : 'PUBLISH';
