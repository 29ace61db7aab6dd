import { type RedisConnection, Script } from '@parley/redis';
import source from './copy-entries.lua.js';

const script = new Script(source);

/** An entry of one user: in `names` by the UUID, in `index` by the username. */
export interface CopiedEntry {
  readonly UUID: string;
  readonly field: string;
  readonly value: string;
}

/** Entries for a hash of one of many slots. */
export interface CopyEntries {
  readonly copies: string;
  /** The key of what was removed in that slot. */
  readonly removed: string;
  readonly entries: readonly CopiedEntry[];
  /** How many users had been removed when the entries were read. */
  readonly removals: number;
}

/** Copies entries of the directory to one of many slots, without those of users who were removed since. Rejects with Redis's error. */
export async function copyEntries(
  redis: RedisConnection,
  { copies, removed, entries, removals }: CopyEntries,
): Promise<void> {
  const values = entries.flatMap(({ UUID, field, value }) => [UUID, field, value]);
  await script.run(redis, [copies, removed], [removals, ...values]);
}
