import { Gauge } from 'prom-client';

/** Waiting hashings: near HASHINGS_WAITING, another replica is needed. */
export const waitingHashings = new Gauge({
  name: 'auth_hashings_waiting',
  help: 'Password hashings that wait to run.',
});
