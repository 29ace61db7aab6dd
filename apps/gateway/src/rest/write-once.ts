import type { ContractMap, ReplyOf, RequestTo } from '@parley/contracts';
import { isInProgress, type ServiceClient } from '@parley/service-kit';
import pRetry from 'p-retry';

/** How long a write waits before it looks again whether the same one is done, in milliseconds. */
const AGAIN_MS = 25;
const SLOWEST_AGAIN_MS = 400;

/**
 * Asks for a write, and asks again while another replica does the same write for another caller: then all get the same answer.
 * @param withinMs the longest time for that, in milliseconds.
 * @param ask gets the number of the attempt, from 1.
 * @throws what `ask` throws.
 */
export function whileInProgress<T>(withinMs: number, ask: (attempt: number) => Promise<T>): Promise<T> {
  return pRetry(ask, {
    retries: Number.POSITIVE_INFINITY,
    minTimeout: AGAIN_MS,
    maxTimeout: SLOWEST_AGAIN_MS,
    maxRetryTime: withinMs,
    shouldRetry: ({ error }) => isInProgress(error),
  });
}

/**
 * Asks for a write that is done once for each idempotency key.
 * @throws AppError as `ServiceClient.ask`.
 */
export function writeOnce<M extends ContractMap, P extends keyof M & string>(
  client: ServiceClient<M>,
  pattern: P,
  request: RequestTo<M, P>,
  idempotencyKey: string,
): Promise<ReplyOf<M, P>> {
  return whileInProgress(client.deadlineMs, (attempt) =>
    client.ask(pattern, request, { idempotencyKey, isRepeat: attempt > 1, partitionBy: null }),
  );
}
