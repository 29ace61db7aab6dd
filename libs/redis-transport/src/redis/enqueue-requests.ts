import type { RedisConnection } from '../transport-options.js';
import source from './enqueue-requests.lua.js';
import { Script } from './script.js';

/** How many of a client's latest batches Redis remembers. A client may not have more without an answer. */
export const BATCH_WINDOW = 128;

/** The answer where no replica reads the lane. */
export const NOT_READ = -2;

/** Life of the ring: the longest deadline, so that it outlives every batch that may be sent again. */
const SENT_TTL_MS = 3_600_000;

const script = new Script(source);
/** The same, for requests that Redis takes even at `maxmemory`. */
const scriptWhenFull = new Script(source, ['allow-oom']);

/** A batch's number as the scripts compare it. */
export function batchToken(batch: number): string {
  return String(batch).padStart(12, '0');
}

export interface EnqueueRequestsKeys {
  requests: string;
  depth: string;
  sent: string;
  /** Only for a lane that replicas of the release before do not read. */
  readers?: string;
}

/** A batch that counts as `size` requests, and the most requests that the lane may have queued or in hand. */
export interface EnqueueRequests {
  batch: number;
  maxQueue: number;
  size: number;
  body: string;
  /** Whether Redis takes them even at `maxmemory`. */
  evenWhenFull?: boolean;
}

/**
 * Returns -1 if the batch is stored (now or by an earlier call with its number), {@link NOT_READ} if no replica reads the lane, otherwise
 * how many requests would fit.
 */
export async function enqueueRequests(
  redis: RedisConnection,
  keys: EnqueueRequestsKeys,
  { batch, maxQueue, size, body, evenWhenFull }: EnqueueRequests,
): Promise<number> {
  const args = [batchToken(batch), maxQueue, size, body, SENT_TTL_MS];
  const { requests, depth, sent, readers } = keys;
  const names = [requests, depth, sent, ...(readers === undefined ? [] : [readers])];
  return (await (evenWhenFull ? scriptWhenFull : script).run(redis, names, args)) as number;
}
