import { ackReplicas } from './ack-replicas.js';
import { clientKill } from './client-kill.js';
import { clusterFailover } from './cluster-failover.js';
import { clusterResharding } from './cluster-resharding.js';
import { crossingPair } from './crossing-pair.js';
import type { Fault } from './fault.js';
import { fullRestart } from './full-restart.js';
import { hostClocks } from './host-clocks.js';
import { killGateway } from './kill-gateway.js';
import { killService } from './kill-service.js';
import { killedInChanges } from './killed-in-changes.js';
import { largeJoins } from './large-joins.js';
import { memoryExpires } from './memory-expires.js';
import { neverReads } from './never-reads.js';
import { pausedGateway } from './paused-gateway.js';
import { reconnectStorm } from './reconnect-storm.js';
import { redisAway } from './redis-away.js';
import { redisFull } from './redis-full.js';
import { redisRestart } from './redis-restart.js';
import { rollingSigterm } from './rolling-sigterm.js';
import { sameClientUuid } from './same-client-uuid.js';
import { sentinelFailover } from './sentinel-failover.js';
import { twoFailovers } from './two-failovers.js';

/** Every fault, in the order of the report. */
export const FAULTS: readonly Fault[] = [
  killGateway,
  pausedGateway,
  rollingSigterm,
  killService,
  killedInChanges,
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
