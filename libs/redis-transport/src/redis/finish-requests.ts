import type { RedisConnection } from '../transport-options.js';
import type { KeyClaim } from './claim-keys.js';
import source from './finish-requests.lua.js';
import { Script } from './script.js';

const script = new Script(source);

/** An entry whose requests are all finished. */
export interface FinishedEntry {
  id: string;
  size: number;
  /** Whether the `partial` hash may hold marks for it. */
  marked: boolean;
}

/** The outcome for an idempotency key: the reply to store or, if `reply` is empty, a claim to give up. Counts only while the claim stands or has lapsed. */
export interface KeyOutcome extends KeyClaim {
  reply: string;
  ttlMs: number;
}

export interface Publication {
  sharded: boolean;
  channel: string;
  body: string;
  /** The last deadline of its requests, in ms of Redis's clock. */
  until: number;
}

/** Everything that one turn of a replica settles. */
export interface FinishedTurn {
  entries: FinishedEntry[];
  outcomes: KeyOutcome[];
  replies: Publication[];
  /** Finished requests of entries that are not finished yet: [entry id, indexes joined by commas]. */
  marks: [string, string][];
}

/** A turn to settle in a group. */
export interface FinishRequests extends FinishedTurn {
  group: string;
}

export interface FinishRequestsKeys {
  requests: string;
  partial: string;
  depth: string;
}

/**
 * Settles a turn. If the answer is lost, it may be sent again, which only publishes the replies again.
 * Returns the replies that nobody received; on a Cluster without sharded pub/sub, Redis cannot tell.
 */
export async function finishRequests(
  redis: RedisConnection,
  keys: FinishRequestsKeys,
  { group, entries, outcomes, replies, marks }: FinishRequests,
): Promise<Publication[]> {
  const names = [keys.requests, keys.partial, keys.depth];
  const args: (string | number)[] = [group, entries.length, outcomes.length, replies.length];
  for (const entry of entries) args.push(entry.id, entry.size, entry.marked ? 1 : 0);
  for (const outcome of outcomes) {
    names.push(outcome.key);
    args.push(outcome.claim, outcome.reply, outcome.ttlMs, outcome.entryId);
  }
  for (const reply of replies) args.push(reply.sharded ? 'SPUBLISH' : 'PUBLISH', reply.channel, reply.body);
  for (const [id, indexes] of marks) args.push(id, indexes);
  const unheard = (await script.run(redis, names, args)) as number[];
  const unreceived = unheard.map((place) => replies[place - 1]!);
  return redis.isCluster ? unreceived.filter(({ sharded }) => sharded) : unreceived;
}
