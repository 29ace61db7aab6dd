import { type RedisConnection, Script } from '@parley/redis';
import source from './remove-copy.lua.js';

const script = new Script(source);

/** How long a late copy of a removed user is refused, in milliseconds: far longer than any request waits. */
const KEEP_MS = 3_600_000;
/** The most removals that a slot remembers for that: as many take longer than any request waits, too. */
const MOST = 1_000;

/** An entry in a hash of one of many slots. */
export interface RemoveCopy {
  readonly copies: string;
  /** The key of what was removed in that slot. */
  readonly removed: string;
  /** Whose it is, unless another user has it by now. */
  readonly UUID: string;
  readonly field: string;
  /** The number of the removal. */
  readonly removals: number;
}

/** Removes a user's entry from one of many slots of the directory. Idempotent. Rejects with Redis's error. */
export async function removeCopy(
  redis: RedisConnection,
  { copies, removed, UUID, field, removals }: RemoveCopy,
): Promise<void> {
  await script.run(redis, [copies, removed], [UUID, field, removals, KEEP_MS, MOST]);
}
