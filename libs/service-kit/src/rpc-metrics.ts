import { RedisTransportMetrics } from '@parley/redis-transport/metrics';
import { Histogram } from 'prom-client';

/** The numbers of the transport, of this process's servers and clients. */
export const transportMetrics = new RedisTransportMetrics();

/** Bounds in seconds: a single request takes about a millisecond, and the longest possible deadline is 60 s. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];

/** Rate, errors and duration of this process's requests to other services: from call to reply, including queueing. */
export const askedRequests = new Histogram({
  name: 'rpc_client_request_duration_seconds',
  help: 'Duration of requests to other services by outcome: ok, or the name of the error.',
  labelNames: ['service', 'pattern', 'outcome'],
  buckets: BUCKETS,
});
