import { crossingPair } from './clients/crossing-pair.js';
import { largeJoins } from './clients/large-joins.js';
import { neverReads } from './clients/never-reads.js';
import { reconnectStorm } from './clients/reconnect-storm.js';
import { sameClientUuid } from './clients/same-client-uuid.js';
import type { Fault } from './fault.js';
import { killGateway } from './gateways/kill-gateway.js';
import { pausedGateway } from './gateways/paused-gateway.js';
import { rollingSigterm } from './gateways/rolling-sigterm.js';
import { ackReplicas } from './redis/ack-replicas.js';
import { clientKill } from './redis/client-kill.js';
import { clusterFailover } from './redis/cluster-failover.js';
import { clusterResharding } from './redis/cluster-resharding.js';
import { fullRestart } from './redis/full-restart.js';
import { memoryExpires } from './redis/memory-expires.js';
import { redisAway } from './redis/redis-away.js';
import { redisFull } from './redis/redis-full.js';
import { redisRestart } from './redis/redis-restart.js';
import { sentinelFailover } from './redis/sentinel-failover.js';
import { twoFailovers } from './redis/two-failovers.js';
import { hostClocks } from './services/host-clocks.js';
import { killService } from './services/kill-service.js';
import { killedInChanges } from './services/killed-in-changes.js';

/** Every fault, in the order of the report. */
export const FAULTS: readonly Fault[] = [
  killGateway,
  pausedGateway,
  rollingSigterm,
  killService,
  ...killedInChanges,
  clientKill,
  redisRestart,
  sentinelFailover,
  ackReplicas,
  twoFailovers,
  clusterFailover,
  clusterResharding,
  sameClientUuid,
  crossingPair,
  neverReads,
  largeJoins,
  reconnectStorm,
  hostClocks,
  redisFull,
  fullRestart,
  redisAway,
  memoryExpires,
];
