import { AppError } from '@parley/protocol';
import type { RedisTransportContext } from '@parley/redis-transport';
import pRetry from 'p-retry';

/** What a request is compared by in Redis, so that a replica that was stopped and wakes late changes nothing. */
export interface Delivery {
  /** In ms, by Redis's clock. */
  readonly deadline: number;
  /** Higher for a later request, and for a later delivery of the same one. */
  readonly order: number;
}

/** A delivery of a request that has a name: the same at each delivery, and where it is sent again under its key. */
export interface NamedDelivery extends Delivery {
  readonly id: string;
}

/** How far the clocks of a Cluster's masters may differ: one sets the deadline, another compares it. */
const CLOCKS_DIFFER_MS = 10_000;

/** Of work that nothing can be later than. */
export const NEVER_LATE: NamedDelivery = {
  deadline: Number.MAX_SAFE_INTEGER,
  order: Number.MAX_SAFE_INTEGER,
  id: '',
};

/** The delivery that a handler runs for. */
export const deliveryOf = (context: RedisTransportContext): NamedDelivery => ({
  deadline: context.getDeadline(),
  order: context.getOrder(),
  id: context.getIdempotencyKey() ?? context.getRequestId(),
});

/** What a request is recognised by when it is delivered again. */
export const keyOf = (context: RedisTransportContext): string =>
  context.getIdempotencyKey() ?? context.getRequestId();

/**
 * Completes a request whose deadline has passed and that nobody waits for, for about four minutes. What is refused, also because it was
 * never done, needs no completion. Rejects with what fails for all that time.
 */
export async function untilHandled(complete: () => Promise<unknown>): Promise<void> {
  await pRetry(complete, {
    ...{ retries: 13, minTimeout: 500, maxTimeout: 30_000, unref: true },
    shouldRetry: ({ error }) => !(error instanceof AppError),
  }).catch((error: unknown) => {
    if (!(error instanceof AppError)) throw error;
  });
}

/** A deadline as a script takes it: whole ms by the clock of the node that runs it. */
export function lastMoment({ isCluster }: { readonly isCluster: boolean }, deadline: number): number {
  const latest = Math.ceil(deadline) + (isCluster ? CLOCKS_DIFFER_MS : 0);
  return Math.min(latest, Number.MAX_SAFE_INTEGER);
}

/** What is refused because it is late. Nobody waits for this answer any more. */
export const tooLate = (): AppError => new AppError('UNAVAILABLE', { message: 'The request is too late.' });
