import { Counter } from 'prom-client';

/** Gateways that this replica has cleaned up after. */
export const endedGateways = new Counter({
  name: 'users_gateways_ended_total',
  help: 'Gateways whose connections this replica has taken offline.',
});
