import { AppError } from '@parley/protocol';
import type { RedisTransportContext } from '@parley/redis-transport';

/** What a request is compared by in Redis, so that a replica that was stopped and wakes late changes nothing. */
export interface Delivery {
  /** In ms, by Redis's clock. */
  readonly deadline: number;
  /** Higher for a later request, and for a later delivery of the same one. */
  readonly order: number;
}

/** How far the clocks of a Cluster's masters may differ: one sets the deadline, another compares it. */
const CLOCKS_DIFFER_MS = 10_000;

/** Of work that nothing can be later than. */
export const NEVER_LATE: Delivery = { deadline: Number.MAX_SAFE_INTEGER, order: Number.MAX_SAFE_INTEGER };

/** The delivery that a handler runs for. */
export const deliveryOf = (context: RedisTransportContext): Delivery => ({
  deadline: context.getDeadline(),
  order: context.getOrder(),
});

/** A deadline as a script takes it: whole ms by the clock of the node that runs it. */
export function lastMoment({ isCluster }: { readonly isCluster: boolean }, deadline: number): number {
  const latest = Math.ceil(deadline) + (isCluster ? CLOCKS_DIFFER_MS : 0);
  return Math.min(latest, Number.MAX_SAFE_INTEGER);
}

/** What is refused because it is late. Nobody waits for this answer any more. */
export const tooLate = (): AppError => new AppError('UNAVAILABLE', { message: 'The request is too late.' });
